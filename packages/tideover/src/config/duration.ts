import { type Parsed, quoted } from "./parsed.ts";

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof MS_PER_UNIT;

/** The longest duration that can be written, in ms: one year. Longer ones are slips of the unit. */
export const LONGEST_DURATION_MS = 365 * MS_PER_UNIT.d;

/** What a duration looks like, as a regular expression; the published JSON Schema uses it too. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * Reads a duration (`200ms`, `1.5s`, `30s`, `5m`, `1h`, `7d`) as whole ms.
 * Refused: no unit, less than a whole millisecond, more than a year.
 */
export function parseDuration(text: string): Parsed<number> {
  const match = DURATION_PATTERN.exec(text);
  if (match === null) {
    return {
      problem: `${quoted(text)} is not a duration; write a number with a unit, such as 200ms, 30s, 5m, 1h or 7d`,
    };
  }
  // Rounded first, because 1.1 * 1000 is not a whole number in binary floating point.
  const exact = Number(match[1]) * MS_PER_UNIT[match[2] as Unit];
  const milliseconds = Math.round(exact);
  if (Math.abs(exact - milliseconds) > 1e-6) {
    return { problem: `${quoted(text)} is not a whole number of milliseconds; write 1ms or more` };
  }
  if (milliseconds > LONGEST_DURATION_MS) {
    return { problem: `${quoted(text)} is longer than a year; the longest duration is 365d` };
  }
  return { value: milliseconds };
}

/** Writes whole ms in the largest unit that needs no fraction: 90000 is `90s`, 60000 is `1m`, 0 is `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (milliseconds % MS_PER_UNIT[unit] === 0) return `${milliseconds / MS_PER_UNIT[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}
