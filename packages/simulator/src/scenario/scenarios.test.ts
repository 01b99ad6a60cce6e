import { describe, expect, test } from "vitest";
import { describeCounterexample, runSeeds } from "../invariants/run-seeds.ts";
import { listScenarios } from "./shipped/index.ts";

/** Seeds of each scenario here; the command runs as many as one likes. */
const SEEDS = [1, 2];

describe("every shipped scenario keeps the promises", () => {
  test.each(listScenarios().map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    const report = await runSeeds(scenario, { seeds: SEEDS, calls: 600, shrinkingRuns: 10 });
    expect(report.calls).toBeGreaterThan(SEEDS.length * 100);
    expect(report.failures.map(describeCounterexample).join("\n\n")).toBe("");
  });
});
