import type { ModelEntry, Preset } from "./catalogue/preset.ts";

/** What one million tokens cost, in US dollars. */
export interface Rates {
  /** Prompt tokens that the host's prefix cache held. */
  readonly cacheHit: number;
  /** Prompt tokens that it did not. */
  readonly input: number;
  /** Answer tokens, reasoning included. */
  readonly output: number;
}

/** A model's prices; without `peak` they hold at all times. */
export interface Prices {
  readonly offPeak: Rates;
  readonly peak?: Rates;
}

/** When peak prices hold. */
export interface PriceCalendar {
  /** Peak windows as [from, to) in ms since midnight UTC; no window crosses midnight. */
  readonly peakUtc: readonly (readonly [number, number])[];
  /** Saturdays and Sundays have no peak. */
  readonly weekendsOffPeak: boolean;
  /** Days (UTC, `2026-10-01`) without a peak. */
  readonly offPeakDates: readonly string[];
}

/** The rates that hold at one moment, and which they are. */
export interface PriceAt extends Rates {
  readonly peak: boolean;
}

const DAY_MS = 24 * 3_600_000;
const SUNDAY = 0;
const SATURDAY = 6;

/** Whether `wallTimeMs` (ms since the Unix epoch) lies in a peak window. */
export function isPeak(calendar: PriceCalendar, wallTimeMs: number): boolean {
  const date = new Date(wallTimeMs);
  // The day is taken in UTC: DeepSeek's windows lie within 01:00-10:00 UTC, where UTC and Beijing have the same date.
  const day = date.getUTCDay();
  if (calendar.weekendsOffPeak && (day === SATURDAY || day === SUNDAY)) return false;
  if (calendar.offPeakDates.includes(date.toISOString().slice(0, 10))) return false;
  const sinceMidnight = wallTimeMs - Math.floor(wallTimeMs / DAY_MS) * DAY_MS;
  return calendar.peakUtc.some(([from, to]) => sinceMidnight >= from && sinceMidnight < to);
}

/** The model of a host by its id or one of its aliases. */
export function findModel(preset: Preset, model: string): ModelEntry | undefined {
  return (
    preset.models.find((entry) => entry.id === model) ??
    preset.models.find((entry) => entry.aliases?.includes(model) === true)
  );
}

/**
 * What a model costs at a moment, in US dollars per million tokens.
 * @param model the host's id of it or an alias.
 * @param wallTimeMs ms since the Unix epoch.
 * @returns undefined when the catalogue has no price for it.
 */
export function priceAt(preset: Preset, model: string, wallTimeMs: number): PriceAt | undefined {
  const prices = findModel(preset, model)?.prices;
  if (prices === undefined) return undefined;
  const { priceCalendar } = preset;
  const peak = prices.peak !== undefined && priceCalendar !== undefined && isPeak(priceCalendar, wallTimeMs);
  return { ...(peak && prices.peak !== undefined ? prices.peak : prices.offPeak), peak };
}
