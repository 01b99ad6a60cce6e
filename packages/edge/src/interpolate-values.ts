import { type ConfigIssue, type ConfigPath, formatPath, interpolate } from "tideover/config";

/** Levels of nesting that are followed: the surface needs 7. */
const DEEPEST = 32;

/** Plain data whose texts were filled in, or what stood against it. */
export interface FilledValues {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
}

/**
 * Fills `${NAME}` and `${NAME:-default}` into the texts of plain data (not into its keys). Everything else, functions
 * included, stays as it is.
 */
export function interpolateValues(value: unknown, environment: Readonly<Record<string, string>>): FilledValues {
  const issues: ConfigIssue[] = [];
  const fill = (part: unknown, path: ConfigPath): unknown => {
    if (typeof part === "string") return fillText(part, path);
    if (path.length > DEEPEST) return part;
    if (Array.isArray(part)) return part.map((entry: unknown, index) => fill(entry, [...path, index]));
    if (!isPlain(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, fill(entry, [...path, key])]));
  };
  const fillText = (text: string, path: ConfigPath): string => {
    const filled = interpolate(text, environment);
    if ("text" in filled) return filled.text;
    issues.push({ path: formatPath(path), message: filled.problem });
    return text;
  };
  return { value: fill(value, []), issues };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
