import { HOLT_WINTERS_GRID, MOST_RATIO, RATIO_WINDOWS, SHAPE_SEASONS, TREND_DAMPING } from "./defaults.ts";

/** A way to forecast: what comes after a history, hour by hour. Pure. */
export interface Method {
  readonly name: "seasonal-naive" | "seasonal-ratio" | "holt-winters";
  /** Seasons of history that it needs. */
  readonly needs: number;
  /**
   * @param history at least {@link needs} seasons, the newest last
   * @returns `ahead` values, none below 0
   */
  forecast(history: readonly number[], ahead: number): number[];
  /** Past seasons that one forecast value averages, for the width of its band. */
  averages(history: readonly number[]): number;
}

/**
 * The methods for a season of so many hours, the one to be preferred first: the ratio over a long time is the calmest,
 * and averages more of the past than a backtest on little history can show.
 */
export function methodsFor(season: number): readonly Method[] {
  const { alpha, beta, gamma } = HOLT_WINTERS_GRID;
  const smoothing = alpha.flatMap((a) => beta.flatMap((b) => gamma.map((c) => holtWinters(season, a, b, c))));
  const windows = RATIO_WINDOWS.filter((window) => window <= season);
  return [...windows.map((window) => seasonalRatio(season, window)), seasonalNaive(season), ...smoothing];
}

/** The last season once more: what every other method must beat. */
function seasonalNaive(season: number): Method {
  return {
    name: "seasonal-naive",
    needs: 1,
    forecast: (history, ahead) => hours(ahead, (hour) => history[history.length - season + (hour % season)] ?? 0),
    averages: () => 1,
  };
}

/**
 * The mean of the last seasons, each brought to the level of the newest, times the recent ratio: how the last `window`
 * hours stood against the same hours one season before. A season further ahead, the ratio is applied once more.
 */
function seasonalRatio(season: number, window: number): Method {
  const seasonsIn = (history: readonly number[]) => Math.min(SHAPE_SEASONS, Math.floor(history.length / season));
  return {
    name: "seasonal-ratio",
    needs: 1,
    averages: seasonsIn,
    forecast(history, ahead) {
      const { length } = history;
      const ratio = ratioAt(history, length, season, window);
      const seasons = seasonsIn(history);
      // How far each past season's level stood below the newest one's.
      const lifts = hours(seasons, (back) =>
        hours(back, (step) => ratioAt(history, length - step * season, season, season)).reduce(
          (product, one) => product * one,
          1,
        ),
      );
      const shape = hours(season, (hour) => {
        let sum = 0;
        for (const [back, lift] of lifts.entries()) sum += (history[length - (back + 1) * season + hour] ?? 0) * lift;
        return sum / Math.max(1, seasons);
      });
      return hours(ahead, (hour) =>
        Math.max(0, (shape[hour % season] ?? 0) * ratio ** (1 + Math.floor(hour / season))),
      );
    },
  };
}

/** The sum of `window` hours before `end` over that of the same hours one season before; 1 where there are none. */
function ratioAt(history: readonly number[], end: number, season: number, window: number): number {
  const compared = Math.min(window, end - season);
  if (compared <= 0) return 1;
  let now = 0;
  let before = 0;
  for (let hour = end - compared; hour < end; hour++) {
    now += history[hour] ?? 0;
    before += history[hour - season] ?? 0;
  }
  if (before <= 0 || now <= 0) return 1;
  return Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, now / before));
}

/** Holt-Winters with a damped additive trend and a multiplicative season (Hyndman and Athanasopoulos, section 8.3). */
function holtWinters(season: number, alpha: number, beta: number, gamma: number): Method {
  return {
    name: "holt-winters",
    needs: 2,
    averages: (history) => Math.min(SHAPE_SEASONS, Math.floor(history.length / season)),
    forecast(history, ahead) {
      let level = meanOf(history.slice(0, season));
      let trend = (meanOf(history.slice(season, 2 * season)) - level) / season;
      const factors = history.slice(0, season).map((value) => (level > 0 ? value / level : 1));
      for (let hour = season; hour < history.length; hour++) {
        const value = history[hour] ?? 0;
        const factor = factors[hour % season] ?? 1;
        const before = level;
        const expected = before + TREND_DAMPING * trend;
        level = factor > 0 ? alpha * (value / factor) + (1 - alpha) * expected : expected;
        trend = beta * (level - before) + (1 - beta) * TREND_DAMPING * trend;
        if (expected > 0) factors[hour % season] = gamma * (value / expected) + (1 - gamma) * factor;
      }
      let drift = 0;
      return hours(ahead, (hour) => {
        drift += TREND_DAMPING ** (hour + 1);
        return Math.max(0, (level + drift * trend) * (factors[(history.length + hour) % season] ?? 1));
      });
    },
  };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function hours<Value>(count: number, valueAt: (hour: number) => Value): Value[] {
  return Array.from({ length: count }, (_, hour) => valueAt(hour));
}
