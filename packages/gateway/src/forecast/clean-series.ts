import { DAY_HOURS, UNUSUAL_DEVIATIONS, UNUSUAL_FACTOR, WEEK_HOURS } from "./defaults.ts";

/** Why an hour is left out of what is learned from. */
export type Exclusion = "outage" | "unusual" | "gap";

/** A measure by the hour. */
export interface HourlySeries {
  /** When its first hour begins, in ms since the Unix epoch. */
  readonly startAt: number;
  /** Undefined where nothing was recorded. */
  readonly values: readonly (number | undefined)[];
  /** Hours in which the service was out: what came then says nothing of what will come. */
  readonly outages: readonly boolean[];
}

/** A series without holes: what was left out is replaced by what is usual at its hour. */
export interface CleanSeries {
  readonly values: readonly number[];
  readonly exclusions: readonly (Exclusion | undefined)[];
}

const HOUR_MS = 3_600_000;
/** Rounds of the median polish; the third changes nothing to speak of. */
const ROUNDS = 3;
/** Makes a MAD comparable with a standard deviation of normal noise. */
const MAD_TO_SIGMA = 1.4826;
/** Fewer days than this have no shape to differ from. */
const LEAST_DAYS = 3;

/**
 * Leaves out outages, gaps and unusual hours. Usual is, on a logarithmic scale, the median shape of a day (workdays and
 * weekends apart) at the median level of that very day: median polish (Tukey 1977), which a few bad hours do not move.
 */
export function cleanSeries({ startAt, values, outages }: HourlySeries): CleanSeries {
  const exclusions: (Exclusion | undefined)[] = values.map((value, hour) =>
    value === undefined ? "gap" : outages[hour] === true ? "outage" : undefined,
  );
  const logs = values.map((value, hour) =>
    value === undefined || exclusions[hour] !== undefined ? undefined : Math.log1p(value),
  );
  const usual = usualLogs(logs, startAt);
  if (values.length >= LEAST_DAYS * DAY_HOURS) {
    const residuals = logs.map((log, hour) => (log === undefined ? undefined : log - (usual[hour] ?? log)));
    const sigma = MAD_TO_SIGMA * medianOf(residuals.flatMap((value) => (value === undefined ? [] : [Math.abs(value)])));
    const tolerated = Math.max(UNUSUAL_DEVIATIONS * sigma, Math.log(UNUSUAL_FACTOR));
    for (const [hour, residual] of residuals.entries()) {
      if (residual !== undefined && Math.abs(residual) > tolerated) exclusions[hour] = "unusual";
    }
  }
  const filled = values.map((value, hour) =>
    value === undefined || exclusions[hour] !== undefined ? Math.max(0, Math.expm1(usual[hour] ?? 0)) : value,
  );
  return { values: filled, exclusions };
}

/** The usual value of each hour, as a logarithm. */
function usualLogs(logs: readonly (number | undefined)[], startAt: number): number[] {
  const first = Math.floor(startAt / HOUR_MS);
  const days = logs.map((_, hour) => Math.floor((first + hour) / DAY_HOURS));
  const shapes = logs.map((_, hour) => shapeOf(first + hour));
  const dayLevels = new Map<number, number>();
  const shape = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    fit(dayLevels, days, (hour) => less(logs[hour], shape.get(shapes[hour] ?? 0)));
    fit(shape, shapes, (hour) => less(logs[hour], dayLevels.get(days[hour] ?? 0)));
  }
  const levels = [...dayLevels.values()];
  const anyLevel = medianOf(levels);
  return logs.map((_, hour) => (dayLevels.get(days[hour] ?? 0) ?? anyLevel) + (shape.get(shapes[hour] ?? 0) ?? 0));
}

/** The hour of the day, workdays (Monday to Friday, UTC) and weekends apart. */
function shapeOf(hoursSinceEpoch: number): number {
  // The epoch was a Thursday.
  const hourOfWeek = (((hoursSinceEpoch + 3 * DAY_HOURS) % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS;
  const isWeekend = hourOfWeek >= 5 * DAY_HOURS;
  return (hourOfWeek % DAY_HOURS) + (isWeekend ? DAY_HOURS : 0);
}

function less(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined ? undefined : value - (by ?? 0);
}

/** Sets each group's effect to the median of its values. */
function fit(
  effects: Map<number, number>,
  groups: readonly number[],
  valueAt: (hour: number) => number | undefined,
): void {
  const members = new Map<number, number[]>();
  for (const [hour, group] of groups.entries()) {
    const value = valueAt(hour);
    if (value === undefined) continue;
    const known = members.get(group);
    if (known === undefined) members.set(group, [value]);
    else known.push(value);
  }
  for (const [group, values] of members) effects.set(group, medianOf(values));
}

/** The median; 0 of nothing. */
export function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
