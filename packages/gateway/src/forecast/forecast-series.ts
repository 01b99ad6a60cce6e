import type { ForecastPoint, MeasureForecast } from "../admin/forecast-types.ts";
import { bandOf, chooseMethod, coverageOf, type Pause } from "./backtest.ts";
import { cleanSeries, type HourlySeries } from "./clean-series.ts";
import { DAY_HOURS, LEAST_HOURS, MOST_HOURS, WEEK_HOURS, WEEKLY_FROM_HOURS } from "./defaults.ts";
import { methodsFor } from "./methods.ts";

const HOUR_MS = 3_600_000;

/**
 * Forecasts one measure: what was unusual is left out, the method is chosen by a rolling backtest, and its past errors
 * give the band.
 * @param ahead hours
 * @param pause awaited between pieces of the work
 * @returns undefined with too little history
 */
export async function forecastSeries(
  series: HourlySeries,
  ahead: number,
  pause: Pause,
): Promise<MeasureForecast | undefined> {
  const recent = newest(series);
  const { length } = recent.values;
  if (length < LEAST_HOURS) return undefined;
  const clean = cleanSeries(recent);
  const season = length >= WEEKLY_FROM_HOURS ? WEEK_HOURS : DAY_HOURS;
  const choice = await chooseMethod(clean, methodsFor(season), season, pause);
  if (choice === undefined) return undefined;
  const { method, residuals, error } = choice.best;
  const band = bandOf(residuals, method.averages(clean.values));
  const nextAt = recent.startAt + length * HOUR_MS;
  const points = method
    .forecast(clean.values, ahead)
    .map((value, hour): ForecastPoint => ({ at: nextAt + hour * HOUR_MS, value, ...band(value) }));
  const peak = points.reduce((highest, point) => (point.value > highest.value ? point : highest), points[0] ?? NONE);
  return {
    observed: recent.values.map((value, hour) => {
      const excluded = clean.exclusions[hour];
      const at = recent.startAt + hour * HOUR_MS;
      return { at, value: value ?? null, ...(excluded === undefined ? {} : { excluded }) };
    }),
    ahead: points,
    backtest: {
      method: method.name,
      seasonHours: season,
      compared: residuals.length,
      error,
      naiveError: choice.naiveError,
      coverage: coverageOf(residuals),
    },
    peak,
  };
}

const NONE: ForecastPoint = { at: 0, value: 0, low: 0, high: 0 };

/** The last weeks of a series, from its first recorded hour on. */
function newest({ startAt, values, outages }: HourlySeries): HourlySeries {
  const recorded = Math.max(
    0,
    values.findIndex((value) => value !== undefined),
  );
  const from = Math.max(recorded, values.length - MOST_HOURS);
  return { startAt: startAt + from * HOUR_MS, values: values.slice(from), outages: outages.slice(from) };
}
