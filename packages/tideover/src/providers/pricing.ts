import type { Usage } from "../engine/index.ts";
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

/** What a person may say of a price, in US dollars per million tokens; without `cacheHit` those cost as the others. */
export interface PriceSettings {
  readonly input: number;
  readonly output: number;
  readonly cacheHit?: number | undefined;
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

/** Prices are per so many tokens. */
const TOKENS_PER_PRICE = 1_000_000;
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

/** What a call costs nothing at: one's own servers. */
const FREE: Rates = { cacheHit: 0, input: 0, output: 0 };

/**
 * What a model costs at a provider at a moment: by the configuration, else by the catalogue; one's own servers cost
 * nothing.
 * @param model the host's name of it.
 * @returns undefined when nobody knows.
 */
export function ratesFor(
  { preset, prices }: { readonly preset: Preset; readonly prices: Readonly<Record<string, PriceSettings>> },
  model: string,
  wallTimeMs: number,
): Rates | undefined {
  const said = Object.hasOwn(prices, model) ? prices[model] : prices["*"];
  if (said !== undefined) return { ...said, cacheHit: said.cacheHit ?? said.input };
  return priceAt(preset, model, wallTimeMs) ?? (preset.local ? FREE : undefined);
}

/** What so many tokens cost, in US dollars. */
export function costOf(rates: Rates, { promptTokens, completionTokens, cachedPromptTokens = 0 }: Usage): number {
  const cached = Math.min(cachedPromptTokens, promptTokens);
  const dollars = cached * rates.cacheHit + (promptTokens - cached) * rates.input + completionTokens * rates.output;
  return dollars / TOKENS_PER_PRICE;
}
