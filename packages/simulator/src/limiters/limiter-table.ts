import { LIMITER_CONDITIONS, type LimiterFigures, type LimiterReport } from "./compare-limiters.ts";

/** The comparison as rows of cells, the titles first. */
export function limiterRows(reports: readonly LimiterReport[]): string[][] {
  const titles = LIMITER_CONDITIONS.flatMap(({ name }) => [`${name} good`, `${name} shed`, `${name} p99`]);
  return [
    ["limiter", ...titles],
    ...reports.map(({ limiter, by }) => [limiter, ...LIMITER_CONDITIONS.flatMap(({ name }) => cells(by[name]))]),
  ];
}

function cells({ good, shed, p99Ms }: LimiterFigures): string[] {
  return [good.toFixed(3), shed.toFixed(3), `${(p99Ms / 1_000).toFixed(1)} s`];
}

/** Means over seeds that differ by less than this are taken as equal: about twice their standard error with five seeds. */
const NOISE = 0.003;

/** The conditions in which another limiter has a larger share of good calls than Tideover's, noise aside. */
export function beatenIn(reports: readonly LimiterReport[]): string[] {
  const ours = reports.find(({ limiter }) => limiter === "Tideover");
  if (ours === undefined) return [];
  return LIMITER_CONDITIONS.flatMap(({ name }) => {
    const better = reports.filter(({ by }) => by[name].good > ours.by[name].good + NOISE);
    return better.map(({ limiter, by }) => `${name}: ${limiter} ${by[name].good.toFixed(3)}`);
  });
}
