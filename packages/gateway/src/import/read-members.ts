/** An object of a file that another program defines. */
export type Members = Readonly<Record<string, unknown>>;

/** The value as an object; of anything else an empty one. */
export function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {};
}

/** Whether a value is an object, not a list. */
export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list; of anything else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text that is not empty. */
export function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The value as a number above zero, which some write as a text. */
export function numberIn(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : undefined;
}

/** Seconds as a duration of ours. */
export function seconds(value: number): string {
  return Number.isInteger(value) ? `${value}s` : `${Math.max(1, Math.round(value * 1_000))}ms`;
}
