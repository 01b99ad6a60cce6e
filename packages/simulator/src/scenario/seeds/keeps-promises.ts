import { expect, test } from "vitest";
import { describeCounterexample, runSeeds } from "../../invariants/run-seeds.ts";
import type { Scenario } from "../scenario.ts";

/** Seeds of each scenario. */
const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);
/** Calls of one run: the phases of a scenario are shortened to these, its load is not. `npm run seeds` runs more. */
const CALLS = 100;
/** Runs that go into one test, so that a failure is told early and no test takes long. */
const AT_ONCE = 50;
const TIMEOUT_MS = 180_000;

/** Declares the tests that a scenario keeps every promise with every seed, in its short form. */
export function keepsPromises(scenario: Scenario): void {
  for (let from = 0; from < SEEDS.length; from += AT_ONCE) {
    const seeds = SEEDS.slice(from, from + AT_ONCE);
    test(
      `${scenario.name}, seeds ${seeds[0]} to ${seeds.at(-1)}`,
      async () => {
        const report = await runSeeds(scenario, { seeds, calls: CALLS, shrinkingRuns: 20 });
        expect(report.runs).toBe(seeds.length);
        expect(report.calls).toBeGreaterThan(seeds.length * 30);
        expect(report.failures.map(describeCounterexample).join("\n\n")).toBe("");
      },
      TIMEOUT_MS,
    );
  }
}
