import type { Arrival } from "../arrivals/arrival.ts";
import { arrivalsOf, type RunOptions, runScenario } from "../scenario/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { checkInvariants, INVARIANTS } from "./check-invariants.ts";
import { eventList } from "./event-list.ts";
import type { Invariant, Violation } from "./invariant.ts";
import { shortenTo } from "./shorten.ts";
import { shrinkArrivals } from "./shrink.ts";

/** Calls of one run, where nothing else is said. */
export const USUAL_CALLS = 600;

/** How many runs, and of what size. */
export interface SeedOptions extends Pick<RunOptions, "compileCondition"> {
  readonly seeds: readonly number[];
  readonly calls?: number | undefined;
  /** Default: all. */
  readonly invariants?: readonly Invariant[] | undefined;
  /** Runs that shrinking may cost, by failing seed; 0: no shrinking. */
  readonly shrinkingRuns?: number | undefined;
}

/** A failure, as short as it could be made. The scenario with this seed and these arrivals shows it again. */
export interface Counterexample {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The scenario as it ran: shortened. */
  readonly scenario: Scenario;
  readonly arrivals: readonly Arrival[];
  readonly events: readonly string[];
}

/** What became of all seeds. */
export interface SeedReport {
  readonly runs: number;
  readonly calls: number;
  readonly failures: readonly Counterexample[];
}

/** Runs a scenario with several seeds and holds every run to the promises. */
export async function runSeeds(scenario: Scenario, options: SeedOptions): Promise<SeedReport> {
  const most = options.calls ?? USUAL_CALLS;
  const short = shortenTo(scenario, most);
  const failures: Counterexample[] = [];
  let calls = 0;
  for (const seed of options.seeds) {
    const run = { seed, mostCalls: most, compileCondition: options.compileCondition };
    const result = await runScenario(short, run);
    calls += result.calls.length;
    const violations = checkInvariants(result, options.invariants ?? INVARIANTS);
    if (violations.length > 0) failures.push(await shortest(short, seed, violations, options));
  }
  return { runs: options.seeds.length, calls, failures };
}

/** The shortest example that still breaks one of the same promises. */
async function shortest(
  scenario: Scenario,
  seed: number,
  violations: readonly Violation[],
  { calls = USUAL_CALLS, compileCondition, invariants = INVARIANTS, shrinkingRuns }: SeedOptions,
): Promise<Counterexample> {
  const broken = new Set(violations.map(({ promise }) => promise));
  const wanted = invariants.filter(({ promise }) => broken.has(promise));
  const run = (arrivals: readonly Arrival[]) => runScenario(scenario, { seed, arrivals, compileCondition });
  const all = arrivalsOf(scenario, { seed, mostCalls: calls });
  const fails = async (arrivals: readonly Arrival[]) => checkInvariants(await run(arrivals), wanted).length > 0;
  const arrivals = await shrinkArrivals(all, fails, shrinkingRuns);
  const result = await run(arrivals);
  const left = checkInvariants(result, wanted);
  return {
    seed,
    violations: left.length > 0 ? left : violations,
    scenario,
    arrivals,
    events: eventList(result),
  };
}

/** A counterexample as text: what broke, and how to see it again. */
export function describeCounterexample({ seed, violations, scenario, arrivals, events }: Counterexample): string {
  return [
    `${scenario.name} with seed ${seed} breaks:`,
    ...violations.map(({ promise, message }) => `  promise ${promise}: ${message}`),
    `  shown by ${arrivals.length} calls:`,
    ...events.map((event) => `  ${event}`),
  ].join("\n");
}
