import type { ForecastAnswer, ForecastMeasure, MeasureForecast } from "../admin/forecast-types.ts";
import type { Pause } from "./backtest.ts";
import { type CapacityFacts, reckon } from "./capacity.ts";
import { LEAST_HOURS } from "./defaults.ts";
import { forecastSeries } from "./forecast-series.ts";
import type { LoadHour } from "./hourly-load.ts";

const MEASURES = ["requests", "tokens", "concurrency"] as const satisfies readonly ForecastMeasure[];

/**
 * The forecast of all measures, and what it means for limits, processes and money. Pure.
 * @param load by the hour, the oldest first; the first one was recorded
 * @param ahead hours
 * @param now in ms since the Unix epoch
 * @param pause awaited between pieces of the work
 */
export async function makeForecast(
  load: readonly (LoadHour | undefined)[],
  ahead: number,
  facts: Pick<CapacityFacts, "providers" | "firstProvider">,
  now: number,
  pause: Pause,
): Promise<ForecastAnswer> {
  const base = { madeAt: now, hoursOfHistory: load.length };
  const startAt = load[0]?.at ?? now;
  const outages = load.map((hour) => hour?.outage === true);
  const measures: Partial<Record<ForecastMeasure, MeasureForecast>> = {};
  for (const measure of MEASURES) {
    const values = load.map((hour) => hour?.[measure]);
    const made = await forecastSeries({ startAt, values, outages }, ahead, pause);
    if (made !== undefined) measures[measure] = made;
  }
  const { requests, concurrency, tokens } = measures;
  if (requests === undefined || concurrency === undefined || tokens === undefined) {
    return { ...base, missing: tooLittle(load.length), measures: {}, limits: [], recommendations: [] };
  }
  const { cost, ...capacity } = reckon({ ...facts, load, concurrency, tokens });
  return { ...base, measures, ...capacity, ...(cost === undefined ? {} : { cost }) };
}

function tooLittle(hours: number) {
  return {
    en: `A forecast needs ${LEAST_HOURS} hours of history; there are ${hours}.`,
    zh: `预测需要 ${LEAST_HOURS} 小时的历史数据，目前有 ${hours} 小时。`,
  };
}
