/** What a caller's `Prefer` header (RFC 7240) says about waiting. */
export interface AsyncPreference {
  /** How long it would wait for an answer before it takes a ticket, in ms; 0: not at all. */
  readonly waitMs: number;
  /** What `Preference-Applied` says when that was heeded. */
  readonly applied: string;
}

/** The longest wait that is read, in seconds; the call's deadline bounds it anyway. */
const MOST_WAIT_S = 86_400;

/**
 * Reads `respond-async` and `wait=N` (seconds). A wait alone asks for no ticket, and what cannot be read counts as not
 * there, as that RFC wants; of several the first counts.
 */
export function asyncPreference(header: string | undefined): AsyncPreference | undefined {
  if (header === undefined) return undefined;
  let isAsync = false;
  let wait: number | undefined;
  for (const preference of header.split(",")) {
    const [name = "", value] = (preference.split(";", 1)[0] ?? "").split("=", 2).map((part) => part.trim());
    if (name.toLowerCase() === "respond-async") isAsync = true;
    else if (name.toLowerCase() === "wait") wait ??= seconds(value);
  }
  if (!isAsync) return undefined;
  return { waitMs: (wait ?? 0) * 1_000, applied: wait === undefined ? "respond-async" : `respond-async, wait=${wait}` };
}

function seconds(value: string | undefined): number | undefined {
  const digits = /^"?(\d{1,9})"?$/.exec(value ?? "")?.[1];
  return digits === undefined ? undefined : Math.min(MOST_WAIT_S, Number(digits));
}
