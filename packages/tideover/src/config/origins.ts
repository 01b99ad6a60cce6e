import { type ConfigPath, formatPath } from "./path.ts";

/** Where an effective value came from. */
export type Origin =
  | { readonly from: "default" }
  | { readonly from: "preset"; readonly preset: string }
  | { readonly from: "file"; readonly line: number }
  /** Through `${NAME}` in a file, or, without a file, from the environment itself. */
  | { readonly from: "environment"; readonly variable: string; readonly line?: number }
  /** From the object that a program gave. */
  | { readonly from: "code" };

/** The origin of every effective value, by its path: `routes[0].retry.attempts`. */
export type Origins = ReadonlyMap<string, Origin>;

/** Where each value of what was written stands. */
export interface SourceMap {
  /** The origin of the value at a path, or undefined when nothing was written there. */
  at(path: ConfigPath): Origin | undefined;
}

/** Writes an origin for people: `default`, `preset deepseek`, `file line 12`, `environment DEEPSEEK_API_KEY`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.from) {
    case "preset":
      return `preset ${origin.preset}`;
    case "file":
      return `file line ${origin.line}`;
    case "environment":
      return `environment ${origin.variable}`;
    default:
      return origin.from;
  }
}

/** The source map of an object that a program made: whatever is there was given by code. */
export function codeSource(input: unknown): SourceMap {
  return { at: (path) => (valueAt(input, path) === undefined ? undefined : { from: "code" }) };
}

/** The line of the value at a path, or of the nearest thing around it that has one. */
export function lineAt(source: SourceMap, path: ConfigPath): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const origin = source.at(path.slice(0, length));
    if (origin !== undefined && "line" in origin) return origin.line;
  }
  return undefined;
}

/** The value at a path of nested plain data; undefined where there is none. Inherited members are not seen. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * The origin of every leaf of a resolved configuration: what `known` says of it or of something around it, else what
 * was written at its path, else a scalar that was written in place of a group (`breaker: off`), else `default`.
 */
export function traceOrigins(
  resolved: unknown,
  input: unknown,
  source: SourceMap,
  known: ReadonlyMap<string, Origin>,
): Origins {
  const origins = new Map<string, Origin>();
  const visit = (value: unknown, path: ConfigPath): void => {
    const name = formatPath(path);
    const special = known.get(name);
    if (special !== undefined) {
      origins.set(name, special);
    } else if (isGroup(value)) {
      for (const [key, entry] of Object.entries(value))
        visit(entry, [...path, Array.isArray(value) ? Number(key) : key]);
    } else {
      origins.set(name, writtenOrigin(input, source, path) ?? { from: "default" });
    }
  };
  visit(resolved, []);
  return origins;
}

/** A list of words or numbers is one value, and so is a rate; everything else with members is a group. */
function isGroup(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if ("perMs" in value) return false;
  return !Array.isArray(value) || value.some((entry) => typeof entry === "object" && entry !== null);
}

function writtenOrigin(input: unknown, source: SourceMap, path: ConfigPath): Origin | undefined {
  for (let length = path.length; length > 0; length--) {
    const at = path.slice(0, length);
    const value = valueAt(input, at);
    if (value === undefined) continue;
    const inPlaceOfGroup = length < path.length && typeof value === "object";
    return inPlaceOfGroup ? undefined : source.at(at);
  }
  return undefined;
}
