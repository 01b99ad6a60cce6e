import { type Parsed, quoted } from "./parsed.ts";

/** What a share looks like, as a regular expression; the published JSON Schema uses it too. */
export const SHARE_PATTERN = /^(\d+(?:\.\d+)?)%$/;

/** Reads a share of the whole (`10%`) as a number from 0 to 1 (0.1). */
export function parseShare(text: string): Parsed<number> {
  const match = SHARE_PATTERN.exec(text);
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(share <= 1)) return { problem: `${quoted(text)} is not a share; write 0% to 100%, such as 10%` };
  return { value: share };
}

/** Writes a share as a percentage: 0.1 is `10%`. */
export function formatShare(share: number): string {
  // Twelve digits hide the error of binary fractions (0.07 * 100 = 7.000000000000001) and nothing a person wrote.
  return `${Number((share * 100).toPrecision(12))}%`;
}
