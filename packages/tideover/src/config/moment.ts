import { type Parsed, quoted } from "./parsed.ts";

/** What a moment looks like, as a regular expression; the published JSON Schema uses it too. */
export const MOMENT_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads a moment with its time zone (ISO 8601: `2026-11-23T18:00:00+08:00`) as ms since the Unix epoch. */
export function parseMoment(text: string): Parsed<number> {
  const moment = MOMENT_PATTERN.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    const right = "write date, time and time zone, such as 2026-11-23T18:00:00+08:00 or 2026-11-23T10:00:00Z";
    return { problem: `${quoted(text)} is not a moment; ${right}` };
  }
  return { value: moment };
}

/** Writes a moment in UTC, to the second where that is enough. */
export function formatMoment(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
