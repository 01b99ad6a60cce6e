import { type Parsed, quoted } from "./parsed.ts";

/** So much money in so much time. */
export interface Spend {
  readonly amount: number;
  /** ISO 4217: `USD`, `CNY`. */
  readonly currency: string;
  /** How far back spending counts, in ms. */
  readonly perMs: number;
}

const HOUR_MS = 3_600_000;
const MS_PER_UNIT = { h: HOUR_MS, d: 24 * HOUR_MS } as const;
/** The longest time a budget can look back, in days: a year, as for durations. */
const MOST_DAYS = 365;

/** What a spend looks like, as a regular expression; the published JSON Schema uses it too. */
export const SPEND_PATTERN = /^(\d+(?:\.\d+)?) ?([A-Z]{3})\/(\d{1,4})?(h|d)$/;

/** Reads money in a time: `5 USD/d`, `0.5 USD/h`, `300 CNY/30d`. Refused: nothing, no currency, more than a year. */
export function parseSpend(text: string): Parsed<Spend> {
  const match = SPEND_PATTERN.exec(text);
  if (match === null) {
    const right = "write an amount, a currency and a time in h or d, such as 5 USD/d or 300 CNY/30d";
    return { problem: `${quoted(text)} is not money in a time; ${right}` };
  }
  const amount = Number(match[1]);
  if (amount <= 0) return { problem: `${quoted(text)} lets nothing be spent; write an amount above 0` };
  const perMs = Number(match[3] ?? "1") * MS_PER_UNIT[match[4] as keyof typeof MS_PER_UNIT];
  if (!(perMs > 0 && perMs <= MOST_DAYS * MS_PER_UNIT.d)) {
    return { problem: `${quoted(text)} must look back between 1h and ${MOST_DAYS}d` };
  }
  return { value: { amount, currency: match[2] ?? "", perMs } };
}

/** Writes it as it would be written by hand: `5 USD/d`, `300 CNY/30d`. */
export function formatSpend({ amount, currency, perMs }: Spend): string {
  const unit = perMs % MS_PER_UNIT.d === 0 ? "d" : "h";
  const count = perMs / MS_PER_UNIT[unit];
  return `${amount} ${currency}/${count === 1 ? "" : count}${unit}`;
}
