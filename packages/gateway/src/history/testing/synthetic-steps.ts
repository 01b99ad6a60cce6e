import type { Random } from "tideover/engine";
import { bucketOf, type Histogram } from "../../metrics/log-buckets.ts";
import {
  addHistogram,
  count,
  emptyRecord,
  FIRST_TOKEN,
  figuresOf,
  type HistoryRecord,
  PROVIDER_COUNTS,
  REQUEST_COUNTS,
  TOTAL,
} from "../history-record.ts";

/** How a synthetic step looks. */
export interface Synthetic {
  readonly routes: number;
  readonly providers: number;
  /** Requests of each route in the step. */
  readonly requests: number;
}

/** A step of a gateway with so many busy routes and providers: durations lie log-normally about 800 ms and 6 s. */
export function syntheticStep({ routes, providers, requests }: Synthetic, random: Random): HistoryRecord {
  const record = emptyRecord();
  for (let index = 0; index < routes; index++) {
    const figures = figuresOf(record.routes, `route-of-the-shop-${index}`);
    const failed = Math.round(requests * 0.02 * random.next());
    const cached = Math.round(requests * 0.3 * random.next());
    const degraded = Math.round(requests * 0.1 * random.next());
    const live = requests - failed - cached - degraded;
    const values: Partial<Record<(typeof REQUEST_COUNTS)[number], number>> = {
      requests,
      failed,
      degraded,
      answered: live + cached,
      peak: requests,
      live,
      liveMs: live * 6_000,
      "rung:live": live,
      "rung:cache": cached,
      "rung:stale": degraded,
      inputTokens: requests * 900,
      outputTokens: requests * 300,
    };
    for (const [place, name] of REQUEST_COUNTS.entries()) count(figures, place, values[name] ?? 0);
    addHistogram(figures, FIRST_TOKEN, logNormal(requests, 800, random));
    addHistogram(figures, TOTAL, logNormal(requests, 6_000, random));
  }
  for (let index = 0; index < providers; index++) {
    const figures = figuresOf(record.providers, `provider-${index}`);
    for (const place of PROVIDER_COUNTS.keys()) count(figures, place, Math.round(requests * random.next()));
    addHistogram(figures, FIRST_TOKEN, logNormal(requests, 700, random));
  }
  return record;
}

function logNormal(size: number, medianMs: number, random: Random): Histogram {
  const counts = new Map<number, number>();
  let sum = 0;
  for (let index = 0; index < size; index++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const ms = medianMs * Math.exp(0.8 * normal);
    sum += ms;
    counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0) + 1);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b).flat();
  return { count: size, sum: Math.round(sum), buckets };
}
