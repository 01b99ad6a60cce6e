import type { Arrival } from "../arrivals/arrival.ts";
import { INVARIANTS, watchInvariants } from "../invariants/check-invariants.ts";
import type { Violation } from "../invariants/invariant.ts";
import { runOracle } from "../oracle/oracle.ts";
import type { CallRecord } from "../scenario/call-record.ts";
import { arrivalsIn, type RunOptions, runScenario } from "../scenario/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { STRATEGIES, type StrategyName } from "../scenario/strategy.ts";
import { type Figures, FiguresFold, LIVE_TTFT_MS } from "./figures.ts";
import { mean } from "./quantile.ts";
import { type Interval, SeriesFold } from "./series.ts";

/** One strategy over all seeds. */
export interface StrategyReport {
  readonly strategy: StrategyName;
  /** By seed, in the order of the seeds. */
  readonly bySeed: readonly (Figures & { readonly seed: number; readonly hash: string })[];
  /** The mean over the seeds; what no seed has is NaN or absent. */
  readonly mean: MeanFigures;
  /** Of the first seed. */
  readonly series: readonly Interval[];
  /** Promises that a run of the engine has broken. Empty for strategies without the engine. */
  readonly violations: readonly (Violation & { readonly seed: number })[];
  /** The full records of the first calls that have broken one. */
  readonly evidence: readonly (CallRecord & { readonly seed: number })[];
}

/** Records of calls that are kept as evidence: nobody reads more, and a broken engine breaks a promise with every call. */
const MOST_EVIDENCE = 20;

/** The figures that are averaged. */
export const AVERAGED = [
  "calls",
  "live",
  "answered",
  "degraded",
  "flagged",
  "failed",
  "left",
  "wrong",
  "attemptsPerCall",
  "wastedTokens",
  "ttftP50Ms",
  "ttftP99Ms",
  "recoveryMs",
] as const;
export type MeanFigures = Readonly<Record<(typeof AVERAGED)[number], number>>;

/** All strategies on the same arrivals and seeds, and how far an oracle would have come. */
export interface Comparison {
  readonly scenario: Pick<Scenario, "name" | "description" | "durationMs" | "trouble"> & {
    readonly providers: string[];
  };
  readonly seeds: readonly number[];
  readonly arrivals: "trace" | "generated";
  readonly strategies: readonly StrategyReport[];
  /** Mean shares of live answers and of the rest, over the seeds. */
  readonly oracle: Readonly<Record<"fate" | "state", { readonly live: number; readonly degraded: number }>>;
}

/** What to compare. */
export interface CompareOptions extends Pick<RunOptions, "compileCondition" | "mostCalls"> {
  readonly seeds: readonly number[];
  readonly arrivals?: readonly Arrival[] | undefined;
  readonly strategies?: readonly StrategyName[] | undefined;
  /** Told before each run, so that somebody who waits can be told. */
  readonly onRun?: ((strategy: StrategyName, seed: number) => void) | undefined;
  /** Told after every {@link CALLS_PER_WORD} calls of a run, with their number, for those who wait long. */
  readonly onProgress?: ((calls: number) => void) | undefined;
}

/** Calls between two words of progress. */
const CALLS_PER_WORD = 10_000;

/** Runs every strategy with every seed. */
export async function compareStrategies(scenario: Scenario, options: CompareOptions): Promise<Comparison> {
  const strategies: StrategyReport[] = [];
  const compared = options.strategies ?? scenario.strategies ?? STRATEGIES;
  for (const strategy of compared) strategies.push(await report(scenario, strategy, options));
  const { name, description, durationMs, trouble, providers } = scenario;
  return {
    scenario: { name, description, durationMs, trouble, providers: Object.keys(providers) },
    seeds: options.seeds,
    arrivals: options.arrivals === undefined ? "generated" : "trace",
    strategies,
    oracle: { fate: oracle(scenario, "fate", options), state: oracle(scenario, "state", options) },
  };
}

async function report(scenario: Scenario, strategy: StrategyName, options: CompareOptions): Promise<StrategyReport> {
  const { arrivals, compileCondition, mostCalls } = options;
  const bySeed: StrategyReport["bySeed"][number][] = [];
  const violations: StrategyReport["violations"][number][] = [];
  const evidence: StrategyReport["evidence"][number][] = [];
  let series: readonly Interval[] = [];
  for (const seed of options.seeds) {
    options.onRun?.(strategy, seed);
    const figures = new FiguresFold(scenario);
    const intervals = new SeriesFold(scenario);
    const watch = watchInvariants(scenario, strategy === "tideover" ? INVARIANTS : []);
    let calls = 0;
    const onCall = (call: CallRecord) => {
      if (++calls % CALLS_PER_WORD === 0) options.onProgress?.(calls);
      figures.add(call);
      if (bySeed.length === 0) intervals.add(call);
      if (watch.add(call) && evidence.length < MOST_EVIDENCE) evidence.push({ ...call, seed });
    };
    const run = { seed, strategy, arrivals, compileCondition, mostCalls, onCall, keepCalls: false };
    const summary = await runScenario(scenario, run);
    if (bySeed.length === 0) series = intervals.end(summary);
    bySeed.push({ ...figures.end(summary), seed, hash: summary.hash });
    violations.push(...watch.end(summary).map((found) => ({ ...found, seed })));
  }
  return { strategy, bySeed, mean: meanOf(bySeed), series, violations, evidence };
}

function meanOf(all: readonly Figures[]): MeanFigures {
  const averaged = AVERAGED.map((name) => [
    name,
    mean(all.flatMap((figures) => (figures[name] === undefined ? [] : [figures[name]]))),
  ]);
  return Object.fromEntries(averaged);
}

function oracle(scenario: Scenario, knowledge: "fate" | "state", { seeds, arrivals, mostCalls }: CompareOptions) {
  const runs = seeds.map((seed) =>
    runOracle(
      {
        providers: scenario.providers,
        arrivals: arrivalsIn(scenario, { seed, arrivals, mostCalls }),
        seed,
        liveMs: LIVE_TTFT_MS,
      },
      knowledge,
    ),
  );
  return { live: mean(runs.map(({ live }) => live)), degraded: mean(runs.map(({ degraded }) => degraded)) };
}
