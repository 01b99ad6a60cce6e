import type { Finding } from "./finding.ts";
import type { ConfigPath } from "./path.ts";

/** Keys and groups nested deeper than this are no configuration; the surface needs 7. */
const DEEPEST = 20;

/** What a strict schema would let through unseen: `__proto__` keys, which it skips, and endless nesting. */
export function loopholes(root: unknown): Finding[] {
  const findings: Finding[] = [];
  const visit = (value: unknown, path: ConfigPath): void => {
    if (typeof value !== "object" || value === null) return;
    if (path.length > DEEPEST) {
      findings.push({ path: path.slice(0, 3), message: `is nested more than ${DEEPEST} levels deep` });
      return;
    }
    for (const key of Object.keys(value)) {
      if (key === "__proto__") findings.push({ path, message: "unknown key `__proto__`" });
      else visit((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(root, []);
  return findings;
}
