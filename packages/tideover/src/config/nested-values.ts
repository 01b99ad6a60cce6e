import type { ConfigPath } from "./path.ts";

/** A value inside another, and where. */
export interface NestedValue {
  readonly path: ConfigPath;
  readonly value: unknown;
}

/**
 * All values at the places that a pattern names: `routes[].retry` gives the `retry` of every route that has one,
 * `providers.*.limit` the `limit` of every provider. Absent and undefined values are left out.
 */
export function nestedValues(root: unknown, pattern: string): NestedValue[] {
  let found: NestedValue[] = [{ path: [], value: root }];
  for (const step of pattern.replaceAll("[]", ".[]").split(".")) {
    found = found.flatMap(({ path, value }) => childrenAt(value, step).map((child) => join(path, child)));
  }
  return found;
}

function childrenAt(value: unknown, step: string): NestedValue[] {
  if (step === "[]") {
    return Array.isArray(value) ? value.map((entry: unknown, index) => ({ path: [index], value: entry })) : [];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .filter(([key, entry]) => (step === "*" || step === key) && entry !== undefined)
    .map(([key, entry]: [string, unknown]) => ({ path: [key], value: entry }));
}

function join(path: ConfigPath, child: NestedValue): NestedValue {
  return { path: [...path, ...child.path], value: child.value };
}
