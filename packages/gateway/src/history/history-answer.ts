import type {
  HistoryAnswer,
  HistoryColumn,
  HistoryPercentiles,
  ProviderHistory,
  RequestHistory,
} from "../admin/history-types.ts";
import { type Histogram, NO_VALUES, quantileOf } from "../metrics/log-buckets.ts";
import { SHOWN_STEPS_MS, TIERS, type Tier } from "./defaults.ts";
import {
  FIRST_TOKEN,
  type Figures,
  type HistoryRecord,
  mergeFigures,
  type ProviderCount,
  providerCount,
  REQUEST_COUNTS,
  type RequestCount,
  requestCount,
  TOTAL,
  UNROUTED,
} from "./history-record.ts";
import { type HistoryStore, inSteps, startOf } from "./history-store.ts";

/** Which part of the past is wanted, in ms since the Unix epoch. */
export interface HistoryRange {
  readonly from: number;
  readonly to: number;
  /** The most steps. */
  readonly points: number;
}

const [FINEST] = TIERS;
const RUNG_PREFIX = "rung:";
const MICROS = 1_000_000;

/** The finest steps that the range allows: their length in ms, and the tier that they are made from. */
export function stepsFor(
  { from, to, points }: HistoryRange,
  now: number,
): { readonly stepMs: number; readonly tier: Tier } {
  const kept = TIERS.find(({ keepMs }) => now - from <= keepMs) ?? TIERS.at(-1) ?? FINEST;
  const least = Math.max(kept.stepMs, (to - from) / points);
  const shown = SHOWN_STEPS_MS.find((step) => step >= least);
  // Beyond the longest step that is shown (many years in few points): as long as it must be.
  const stepMs = shown ?? Math.ceil(least / FINEST.stepMs) * FINEST.stepMs;
  const tier = TIERS.findLast((candidate) => candidate.stepMs <= stepMs && stepMs % candidate.stepMs === 0) ?? kept;
  return { stepMs, tier };
}

/** Reads a part of the past as columns. The event loop has its turns meanwhile. */
export async function readHistory(store: HistoryStore, range: HistoryRange, now: number): Promise<HistoryAnswer> {
  const { stepMs, tier } = stepsFor(range, now);
  const from = startOf(range.from, { stepMs });
  const at: number[] = [];
  for (let begins = from; begins < range.to; begins += stepMs) at.push(begins);
  const records: (HistoryRecord | undefined)[] = at.map(() => undefined);
  for await (const step of inSteps(store.steps(tier, from, range.to), stepMs)) {
    records[(step.at - from) / stepMs] = step.record;
  }
  const routes = names(records, "routes").filter((name) => name !== UNROUTED);
  const providers = names(records, "providers");
  const everything = records.map((record) => record && sumOf(record.routes));
  return {
    from,
    to: from + at.length * stepMs,
    stepMs,
    resolution: tier.name,
    at,
    overall: requestHistory(everything),
    routes: Object.fromEntries(routes.map((name) => [name, requestHistory(ofSeries(records, "routes", name))])),
    providers: Object.fromEntries(
      providers.map((name) => [name, providerHistory(ofSeries(records, "providers", name))]),
    ),
  };
}

const NOTHING: Figures = { counts: [], histograms: [] };

function names(records: readonly (HistoryRecord | undefined)[], kind: keyof HistoryRecord): readonly string[] {
  return [...new Set(records.flatMap((record) => [...(record?.[kind].keys() ?? [])]))].sort();
}

/** Undefined where nothing was recorded; zeroes where the series was silent. */
function ofSeries(records: readonly (HistoryRecord | undefined)[], kind: keyof HistoryRecord, name: string) {
  return records.map((record) => record && (record[kind].get(name) ?? NOTHING));
}

function sumOf(routes: ReadonlyMap<string, Figures>): Figures {
  const sum: Figures = { counts: [], histograms: [] };
  for (const figures of routes.values()) mergeFigures(sum, figures, REQUEST_COUNTS);
  return sum;
}

function requestHistory(steps: readonly (Figures | undefined)[]): RequestHistory {
  const column = (name: RequestCount): HistoryColumn =>
    steps.map((figures) => (figures === undefined ? null : requestCount(figures, name)));
  const rungs = REQUEST_COUNTS.flatMap((name) =>
    name.startsWith(RUNG_PREFIX) ? [[name.slice(RUNG_PREFIX.length), column(name)] as const] : [],
  );
  return {
    requests: column("requests"),
    answered: column("answered"),
    degraded: column("degraded"),
    accepted: column("accepted"),
    failed: column("failed"),
    shed: column("shed"),
    byCaller: column("byCaller"),
    rungs: Object.fromEntries(rungs.filter(([, values]) => values.some((value) => value !== null && value > 0))),
    firstTokenMs: percentiles(steps, FIRST_TOKEN),
    totalMs: percentiles(steps, TOTAL),
  };
}

function providerHistory(steps: readonly (Figures | undefined)[]): ProviderHistory {
  const column = (name: ProviderCount): HistoryColumn =>
    steps.map((figures) => (figures === undefined ? null : providerCount(figures, name)));
  const cost = steps.map((figures) =>
    figures === undefined || providerCount(figures, "priced") === 0
      ? null
      : providerCount(figures, "costMicros") / MICROS,
  );
  return {
    attempts: column("attempts"),
    answered: column("answered"),
    overloaded: column("overloaded"),
    faults: column("faults"),
    others: column("others"),
    promptTokens: column("promptTokens"),
    completionTokens: column("completionTokens"),
    cost,
    firstTokenMs: percentiles(steps, FIRST_TOKEN),
  };
}

function percentiles(steps: readonly (Figures | undefined)[], place: number): HistoryPercentiles {
  const at = (share: number): HistoryColumn =>
    steps.map((figures) => rounded(quantileOf(histogramIn(figures, place), share)));
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

function histogramIn(figures: Figures | undefined, place: number): Histogram {
  return figures?.histograms[place] ?? NO_VALUES;
}

/** A tenth of a ms is finer than any bucket. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
