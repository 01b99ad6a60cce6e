import type { CleanSeries } from "./clean-series.ts";
import { BACKTEST_AHEAD, BACKTEST_SEASONS, BAND, LEARNED_HOURS, LEAST_GAIN, ORIGIN_EVERY } from "./defaults.ts";
import type { Method } from "./methods.ts";

/** One hour of the past that was forecast from what came before it. */
interface Residual {
  /** Which hour of the past; several origins forecast the same. */
  readonly hour: number;
  /** Which forecast it is of, in their order. */
  readonly origin: number;
  readonly forecast: number;
  readonly actual: number;
  /** Past seasons that the forecast averaged. */
  readonly averages: number;
  /** `actual - forecast`, over what of it is due to the forecast's own sample: see {@link widening}. */
  readonly noise: number;
}

/** Lets everything else that waits have its turn: eight weeks take a quarter of a second, in pieces of a fraction of a ms. */
export type Pause = () => Promise<void>;

/** How a method did on the past. */
export interface Backtest {
  readonly method: Method;
  /** Mean absolute error. */
  readonly error: number;
  readonly residuals: readonly Residual[];
}

/** The method that did best, and how the plainest did on the same hours. */
export interface Choice {
  readonly best: Backtest;
  readonly naiveError: number;
}

/** Groups of residuals by the height of the forecast: nights are relatively noisier than days. */
const GROUPS = 3;
/** Fewer hours than this say nothing of their tails; the groups are then one. */
const LEAST_IN_GROUP = 100;

/**
 * Tries each method on the past by rolling origins (Tashman 2000): from every twelfth hour it forecasts up to a week from
 * what was known then. Hours that are left out are not compared.
 * @param methods the one to be preferred first: a later one must be better by a clear margin
 * @param season in hours
 * @param pause awaited between forecasts
 * @returns undefined where there is too little history to compare anything
 */
export async function chooseMethod(
  series: CleanSeries,
  methods: readonly Method[],
  season: number,
  pause: Pause,
): Promise<Choice | undefined> {
  const tried: Backtest[] = [];
  for (const method of methods) {
    const one = await backtest(series, method, season, pause);
    if (one !== undefined) tried.push(one);
  }
  const naive = tried.find(({ method }) => method.name === "seasonal-naive");
  if (naive === undefined) return undefined;
  // Only methods that forecast the same hours can be compared.
  const [first = naive, ...others] = tried.filter(({ residuals }) => residuals.length === naive.residuals.length);
  const best = others.reduce((one, other) => (other.error < one.error * (1 - LEAST_GAIN) ? other : one), first);
  return { best, naiveError: naive.error };
}

async function backtest(
  { values, exclusions }: CleanSeries,
  method: Method,
  season: number,
  pause: Pause,
): Promise<Backtest | undefined> {
  const residuals: Residual[] = [];
  let sum = 0;
  // The first origin has some days behind its first season, as many as leave half of the rest to compare with.
  const learned = season + Math.min(LEARNED_HOURS, (values.length - season) / 2);
  const first = Math.max(Math.floor(learned), values.length - BACKTEST_SEASONS * season);
  for (let origin = first; origin < values.length; origin += ORIGIN_EVERY) {
    if (origin < method.needs * season) return undefined;
    await pause();
    const history = values.slice(0, origin);
    const averages = method.averages(history);
    const widened = widening(averages);
    const which = (origin - first) / ORIGIN_EVERY;
    const ahead = method.forecast(history, Math.min(BACKTEST_AHEAD, values.length - origin));
    for (const [hour, forecast] of ahead.entries()) {
      const actual = values[origin + hour];
      if (actual === undefined || exclusions[origin + hour] !== undefined) continue;
      sum += Math.abs(actual - forecast);
      residuals.push({
        hour: origin + hour,
        origin: which,
        forecast,
        actual,
        averages,
        noise: (actual - forecast) / widened,
      });
    }
  }
  return residuals.length === 0 ? undefined : { method, error: sum / residuals.length, residuals };
}

/**
 * A forecast that averages n past values of noise s is off by s * sqrt(1 + 1/n): the past has fewer seasons to average
 * than the forecast that is made from all of them, and its errors would make that one's band too wide.
 */
function widening(averaged: number): number {
  return Math.sqrt(1 + 1 / Math.max(1, averaged));
}

/** The bounds that {@link BAND} of the hours lie within, around a forecast value. */
export type Band = (forecast: number) => { readonly low: number; readonly high: number };

/**
 * The band of a forecast: quantiles of what the same method was off by in the past, relative to the forecast, of hours
 * of about the same height.
 * @param averages past seasons that the forecast averages
 */
export function bandOf(residuals: readonly Residual[], averages: number): Band {
  const sorted = residuals.filter(({ forecast }) => forecast > 0).toSorted((a, b) => a.forecast - b.forecast);
  const different = new Set(sorted.map(({ hour }) => hour)).size;
  const groups = different >= GROUPS * LEAST_IN_GROUP ? GROUPS : 1;
  const size = Math.ceil(sorted.length / groups);
  const widened = widening(averages);
  const tail = (1 - BAND) / 2;
  const tails = Array.from({ length: groups }, (_, group) => {
    const members = sorted.slice(group * size, (group + 1) * size);
    const off = members.map(({ noise, forecast }) => (noise * widened) / forecast).toSorted((a, b) => a - b);
    return { upTo: members.at(-1)?.forecast ?? 0, low: at(off, tail), high: at(off, 1 - tail) };
  });
  return (forecast) => {
    const { low, high } = tails.find(({ upTo }) => forecast <= upTo) ?? tails.at(-1) ?? { low: 0, high: 0 };
    return { low: Math.max(0, forecast * (1 + low)), high: Math.max(0, forecast * (1 + high)) };
  };
}

/**
 * The share of past hours within the band, each judged by a band that was made without its own half of the forecasts.
 * @returns 0 to 1
 */
export function coverageOf(residuals: readonly Residual[]): number {
  let within = 0;
  for (const half of [0, 1]) {
    const others = residuals.filter(({ origin }) => origin % 2 !== half);
    const bands = new Map<number, Band>();
    for (const { origin, forecast, actual, averages } of residuals) {
      if (origin % 2 !== half) continue;
      const band = bands.get(averages) ?? bandOf(others.length > 0 ? others : residuals, averages);
      bands.set(averages, band);
      const { low, high } = band(forecast);
      if (actual >= low && actual <= high) within++;
    }
  }
  return within / residuals.length;
}

/** The quantile of sorted values, between its neighbours (type 6 of Hyndman and Fan, which knows of unseen tails). */
function at(sorted: readonly number[], share: number): number {
  const place = Math.min(sorted.length, Math.max(1, share * (sorted.length + 1))) - 1;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
