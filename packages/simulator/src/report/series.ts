import type { BreakerStateName } from "tideover/engine";
import { attemptsOf, type CallRecord, lastTry } from "../scenario/call-record.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { ttftOf } from "./figures.ts";
import { quantile } from "./quantile.ts";

/** What became of the calls that arrived in an interval. */
export const OUTCOMES = ["live", "alternate", "degraded", "flagged", "failed", "wrong"] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** One interval of a run. */
export interface Interval {
  /** When it begins, ms. */
  readonly at: number;
  /** Calls that arrived in it, by what became of them. */
  readonly outcomes: Readonly<Record<OutcomeName, number>>;
  /** Calls that arrived, tries of the callers counted as one. */
  readonly offered: number;
  /** Attempts that were sent in it, by provider. */
  readonly sent: Readonly<Record<string, number>>;
  /** First tokens of the calls that arrived in it, ms; NaN without any. */
  readonly ttftP50Ms: number;
  readonly ttftP95Ms: number;
  /** At its beginning, by provider. */
  readonly running: Readonly<Record<string, number>>;
  readonly queued: Readonly<Record<string, number>>;
  /** The lowest learned limit in it, by provider; absent where none is known. */
  readonly limits: Readonly<Record<string, number>>;
  /** The worst state in it, by provider; closed where nothing is known. */
  readonly breakers: Readonly<Record<string, BreakerStateName>>;
}

/** The shortest interval, ms; long runs get longer ones, so that there are never more than {@link MOST_INTERVALS}. */
const SHORTEST_MS = 10_000;
const MOST_INTERVALS = 720;

/** A run over time. */
export function seriesOf(result: ScenarioResult): readonly Interval[] {
  const { durationMs } = result.scenario;
  const width = Math.max(SHORTEST_MS, Math.ceil(durationMs / MOST_INTERVALS / SHORTEST_MS) * SHORTEST_MS);
  const count = Math.max(1, Math.ceil(durationMs / width));
  const arrived: CallRecord[][] = Array.from({ length: count }, () => []);
  const sent: Record<string, number>[] = Array.from({ length: count }, () => ({}));
  for (const call of result.calls) {
    arrived[Math.floor(call.arrivedAt / width)]?.push(call);
    for (const { provider, startedAt } of attemptsOf(call)) {
      const interval = sent[Math.floor(startedAt / width)];
      if (interval !== undefined) interval[provider] = (interval[provider] ?? 0) + 1;
    }
  }
  const breakers = new BreakerHistory(result);
  return arrived.map((calls, index): Interval => {
    const at = index * width;
    const load = result.load.findLast((sample) => sample.at <= at)?.providers ?? {};
    const ttfts = calls.filter((call) => lastTry(call).verdict === "right").map(ttftOf);
    return {
      at,
      outcomes: countOutcomes(calls),
      offered: calls.length,
      sent: sent[index] ?? {},
      ttftP50Ms: quantile(ttfts, 0.5),
      ttftP95Ms: quantile(ttfts, 0.95),
      running: Object.fromEntries(Object.entries(load).map(([name, { running }]) => [name, running])),
      queued: Object.fromEntries(Object.entries(load).map(([name, { queued }]) => [name, queued])),
      limits: lowestLimits(result, at, at + width),
      breakers: breakers.worstIn(at, at + width),
    };
  });
}

function countOutcomes(calls: readonly CallRecord[]): Record<OutcomeName, number> {
  const counts: Record<OutcomeName, number> = { live: 0, alternate: 0, degraded: 0, flagged: 0, failed: 0, wrong: 0 };
  for (const call of calls) counts[outcomeOf(call)]++;
  return counts;
}

function outcomeOf(call: CallRecord): OutcomeName {
  const { verdict, rung } = lastTry(call);
  switch (verdict) {
    case "right":
      return rung === "live" ? "live" : "alternate";
    case "degraded":
      return "degraded";
    case "flagged":
      return "flagged";
    case "truncated":
    case "garbled":
      return "wrong";
    default:
      return "failed";
  }
}

function lowestLimits({ limits, providers }: ScenarioResult, fromMs: number, toMs: number): Record<string, number> {
  const lowest: Record<string, number> = {};
  for (const name of Object.keys(providers)) {
    const changes = limits.filter(({ provider }) => provider === name);
    const within = changes.filter(({ at }) => at >= fromMs && at < toMs).map(({ limit }) => limit);
    const before = changes.findLast(({ at }) => at < fromMs)?.limit;
    const known = before === undefined ? within : [...within, before];
    if (known.length > 0) lowest[name] = Math.min(...known);
  }
  return lowest;
}

const BADNESS: Readonly<Record<BreakerStateName, number>> = { closed: 0, "half-open": 1, open: 2 };

/** The states of the breakers over time. */
class BreakerHistory {
  readonly #result: ScenarioResult;

  constructor(result: ScenarioResult) {
    this.#result = result;
  }

  worstIn(fromMs: number, toMs: number): Record<string, BreakerStateName> {
    const worst: Record<string, BreakerStateName> = {};
    for (const name of Object.keys(this.#result.providers)) {
      const changes = this.#result.breakers.filter(({ provider }) => provider === name);
      const states = changes.filter(({ at }) => at >= fromMs && at < toMs).map(({ state }) => state);
      states.push(changes.findLast(({ at }) => at < fromMs)?.state ?? "closed");
      worst[name] = states.reduce((a, b) => (BADNESS[b] > BADNESS[a] ? b : a), "closed");
    }
    return worst;
  }
}
