import type { BreakerStateName } from "tideover/engine";
import { attemptsOf, type CallRecord, lastTry } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunSummary, ScenarioResult } from "../scenario/scenario-result.ts";
import { ttftOf } from "./figures.ts";
import { ValueSketch } from "./value-sketch.ts";

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

/** First tokens of one interval that are kept for exact quantiles. */
const MOST_EXACT_TTFTS = 1_000;

/** What one interval has seen of calls and attempts. */
interface Tally {
  readonly outcomes: Record<OutcomeName, number>;
  readonly sent: Record<string, number>;
  readonly ttfts: ValueSketch;
  offered: number;
}

/** A run over time, with all its calls at hand. */
export function seriesOf(result: ScenarioResult): readonly Interval[] {
  const fold = new SeriesFold(result.scenario);
  for (const call of result.calls) fold.add(call);
  return fold.end(result);
}

/** A run over time, call by call, in memory that does not grow with their number. */
export class SeriesFold {
  readonly #widthMs: number;
  readonly #tallies: readonly Tally[];

  constructor({ durationMs }: Scenario) {
    this.#widthMs = Math.max(SHORTEST_MS, Math.ceil(durationMs / MOST_INTERVALS / SHORTEST_MS) * SHORTEST_MS);
    const length = Math.max(1, Math.ceil(durationMs / this.#widthMs));
    this.#tallies = Array.from({ length }, () => ({
      outcomes: { live: 0, alternate: 0, degraded: 0, flagged: 0, failed: 0, wrong: 0 },
      sent: {},
      ttfts: new ValueSketch(MOST_EXACT_TTFTS),
      offered: 0,
    }));
  }

  add(call: CallRecord): void {
    const arrived = this.#at(call.arrivedAt);
    if (arrived !== undefined) {
      arrived.offered++;
      arrived.outcomes[outcomeOf(call)]++;
      if (lastTry(call).verdict === "right") arrived.ttfts.add(ttftOf(call));
    }
    for (const { provider, startedAt } of attemptsOf(call)) {
      const sent = this.#at(startedAt)?.sent;
      if (sent !== undefined) sent[provider] = (sent[provider] ?? 0) + 1;
    }
  }

  end(run: RunSummary): readonly Interval[] {
    const breakers = new BreakerHistory(run);
    return this.#tallies.map(({ outcomes, sent, ttfts, offered }, index): Interval => {
      const at = index * this.#widthMs;
      const load = run.load.findLast((sample) => sample.at <= at)?.providers ?? {};
      return {
        at,
        outcomes,
        offered,
        sent,
        ttftP50Ms: ttfts.at(0.5),
        ttftP95Ms: ttfts.at(0.95),
        running: Object.fromEntries(Object.entries(load).map(([name, { running }]) => [name, running])),
        queued: Object.fromEntries(Object.entries(load).map(([name, { queued }]) => [name, queued])),
        limits: lowestLimits(run, at, at + this.#widthMs),
        breakers: breakers.worstIn(at, at + this.#widthMs),
      };
    });
  }

  #at(ms: number): Tally | undefined {
    return this.#tallies[Math.floor(ms / this.#widthMs)];
  }
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

function lowestLimits({ limits, providers }: RunSummary, fromMs: number, toMs: number): Record<string, number> {
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
  readonly #run: RunSummary;

  constructor(run: RunSummary) {
    this.#run = run;
  }

  worstIn(fromMs: number, toMs: number): Record<string, BreakerStateName> {
    const worst: Record<string, BreakerStateName> = {};
    for (const name of Object.keys(this.#run.providers)) {
      const changes = this.#run.breakers.filter(({ provider }) => provider === name);
      const states = changes.filter(({ at }) => at >= fromMs && at < toMs).map(({ state }) => state);
      states.push(changes.findLast(({ at }) => at < fromMs)?.state ?? "closed");
      worst[name] = states.reduce((a, b) => (BADNESS[b] > BADNESS[a] ? b : a), "closed");
    }
    return worst;
  }
}
