import { describe, expect, test } from "vitest";
import { checkInvariants } from "../invariants/check-invariants.ts";
import { figuresOf, isLiveInTime } from "../report/figures.ts";
import { share } from "../report/quantile.ts";
import type { CallRecord } from "./call-record.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import type { ScenarioResult } from "./scenario-result.ts";
import { coldRestart } from "./shipped/cold-restart.ts";
import { priorityInversion } from "./shipped/priority-inversion.ts";
import { FLOOD, tenantFlood } from "./shipped/tenant-flood.ts";

const liveShare = (calls: readonly CallRecord[]) => share(calls.filter(isLiveInTime).length, calls.length);

/** The calls that arrived while something was wrong, and that `wanted` picks. */
function inTrouble({ scenario, calls }: ScenarioResult, wanted: (call: CallRecord) => boolean): CallRecord[] {
  const { fromMs, toMs } = scenario.trouble ?? { fromMs: 0, toMs: 0 };
  const found = calls.filter((call) => call.arrivedAt >= fromMs && call.arrivedAt < toMs && wanted(call));
  expect(found.length).toBeGreaterThan(20);
  return found;
}

async function run(scenario: Scenario, seed: number): Promise<ScenarioResult> {
  const result = await runScenario(scenario, { seed });
  expect(checkInvariants(result)).toEqual([]);
  return result;
}

describe.each([1, 2])("seed %i:", (seed) => {
  test("after a restart with an empty cache everybody is answered live, and few ask the provider twice", async () => {
    const result = await run(coldRestart, seed);
    const lost = result.calls.filter(({ tries }) =>
      tries.some(({ failureReason }) => failureReason === "process-lost"),
    );
    expect(lost.length).toBeGreaterThanOrEqual(3);
    expect(figuresOf(result).live).toBeGreaterThan(0.98);
    const before = result.calls.filter(({ arrivedAt }) => arrivedAt < 120_000);
    const after = result.calls.filter(({ arrivedAt }) => arrivedAt >= 150_000);
    expect(liveShare(after)).toBeGreaterThanOrEqual(liveShare(before) - 0.02);
    // What was kept is gone: the first minute after asks the provider more often than the last one before.
    const sent = (from: number, to: number) => {
      const calls = result.calls.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < to);
      return share(calls.filter(({ tries }) => tries.some(({ attempts }) => attempts.length > 0)).length, calls.length);
    };
    expect(sent(121_000, 150_000)).toBeGreaterThan(sent(90_000, 119_000));
    expect(figuresOf(result).attemptsPerProvider.deepseek).toBeLessThan(1.1);
  });

  test("at twice the capacity critical calls are all answered live, and every class fares better than the next", async () => {
    const result = await run(priorityInversion, seed);
    const of = (urgency: number) => liveShare(inTrouble(result, (call) => call.urgency === urgency));
    expect(of(0)).toBeGreaterThanOrEqual(0.97);
    expect(of(3)).toBeGreaterThan(0.75);
    expect(of(3)).toBeGreaterThan(of(5));
    expect(of(5)).toBeGreaterThan(of(7));
    // Nobody is spared at the cost of idle slots.
    expect(liveShare(inTrouble(result, () => true))).toBeGreaterThan(0.5);
  });

  test("a tenant that asks nine times as much is told of its rate, and the other one does not notice", async () => {
    const result = await run(tenantFlood, seed);
    expect(liveShare(inTrouble(result, ({ tenant }) => tenant === "shop"))).toBeGreaterThanOrEqual(0.97);
    const batch = inTrouble(result, ({ tenant }) => tenant === "batch");
    const refused = batch.filter(({ tries }) => tries.at(-1)?.failureReason === "requests-quota");
    expect(share(refused.length, batch.length)).toBeGreaterThan(0.4);
    // 60 a minute, and a burst.
    const seconds = (FLOOD.toMs - FLOOD.fromMs) / 1_000;
    expect(batch.length - refused.length).toBeLessThan(seconds + 80);
  });
});

test("the expectations can fail: without priorities and rates the important and the other tenant suffer", async () => {
  const flat: Scenario = { ...priorityInversion, callers: { ...priorityInversion.callers, priorities: [] } };
  const flood: Scenario = {
    ...tenantFlood,
    config: { ...tenantFlood.config, keys: [] },
    arrivals: { ...tenantFlood.arrivals, rate: 2 },
    callers: { ...tenantFlood.callers, questions: undefined },
  };
  expect(liveShare(inTrouble(await runScenario(flat, { seed: 1 }), () => true))).toBeLessThan(0.9);
  const shop = inTrouble(await runScenario(flood, { seed: 1 }), ({ tenant }) => tenant === "shop");
  expect(liveShare(shop)).toBeLessThan(0.9);
});
