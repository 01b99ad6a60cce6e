import { type Parsed, quoted } from "./parsed.ts";

/** So many of something in so much time. */
export interface Rate {
  readonly count: number;
  /** The time they may take, in ms. */
  readonly perMs: number;
}

const TIMES = { "": 1, k: 1_000, M: 1_000_000 } as const;
const MS_PER_UNIT = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a rate looks like, as a regular expression; the published JSON Schema uses it too. */
export const RATE_PATTERN = /^(\d+(?:\.\d+)?)(k|M)?\/(s|m|h|d)$/;

/** Reads a rate: `600/m`, `2M/m`, `10/s`, `1.5k/h`. Refused: a rate of nothing. */
export function parseRate(text: string): Parsed<Rate> {
  const match = RATE_PATTERN.exec(text);
  if (match === null) {
    return { problem: `${quoted(text)} is not a rate; write a number per s, m, h or d, such as 10/s, 600/m or 2M/m` };
  }
  const count = Number(match[1]) * TIMES[(match[2] as keyof typeof TIMES | undefined) ?? ""];
  if (count <= 0) return { problem: `${quoted(text)} lets nothing pass; write a rate above 0, such as 10/s` };
  return { value: { count, perMs: MS_PER_UNIT[match[3] as keyof typeof MS_PER_UNIT] } };
}

/** Writes a rate as it would be written by hand: `600/m`, `2M/m`. */
export function formatRate({ count, perMs }: Rate): string {
  const unit = (Object.keys(MS_PER_UNIT) as (keyof typeof MS_PER_UNIT)[]).find((key) => MS_PER_UNIT[key] === perMs);
  const times = (["M", "k"] as const).find((key) => count >= TIMES[key] && count % TIMES[key] === 0) ?? "";
  return `${count / TIMES[times]}${times}/${unit ?? `${perMs}ms`}`;
}
