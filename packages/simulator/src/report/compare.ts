import type { Arrival } from "../arrivals/arrival.ts";
import { checkInvariants } from "../invariants/check-invariants.ts";
import type { Violation } from "../invariants/invariant.ts";
import { runOracle } from "../oracle/oracle.ts";
import { arrivalsOf, type RunOptions, runScenario } from "../scenario/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { STRATEGIES, type StrategyName } from "../scenario/strategy.ts";
import { type Figures, figuresOf, LIVE_TTFT_MS } from "./figures.ts";
import { mean } from "./quantile.ts";
import { type Interval, seriesOf } from "./series.ts";

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
}

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
}

/** Runs every strategy with every seed. */
export async function compareStrategies(scenario: Scenario, options: CompareOptions): Promise<Comparison> {
  const strategies: StrategyReport[] = [];
  for (const strategy of options.strategies ?? STRATEGIES) strategies.push(await report(scenario, strategy, options));
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
  let series: readonly Interval[] = [];
  for (const seed of options.seeds) {
    options.onRun?.(strategy, seed);
    const result = await runScenario(scenario, { seed, strategy, arrivals, compileCondition, mostCalls });
    bySeed.push({ ...figuresOf(result), seed, hash: result.hash });
    if (strategy === "tideover") violations.push(...checkInvariants(result).map((found) => ({ ...found, seed })));
    if (bySeed.length === 1) series = seriesOf(result);
  }
  return { strategy, bySeed, mean: meanOf(bySeed), series, violations };
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
        arrivals: arrivalsOf(scenario, { seed, arrivals, mostCalls }),
        seed,
        liveMs: LIVE_TTFT_MS,
      },
      knowledge,
    ),
  );
  return { live: mean(runs.map(({ live }) => live)), degraded: mean(runs.map(({ degraded }) => degraded)) };
}
