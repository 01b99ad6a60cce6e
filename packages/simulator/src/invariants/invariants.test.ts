import { beforeAll, describe, expect, test } from "vitest";
import type { CallRecord, TryRecord } from "../scenario/call-record.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { flashCrowd } from "../scenario/shipped/flash-crowd.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "../scenario/shipped/small-town.ts";
import { checkInvariants } from "./check-invariants.ts";
import { perCall } from "./invariant.ts";
import { describeCounterexample, runSeeds } from "./run-seeds.ts";
import { expectedCalls, shortenTo } from "./shorten.ts";
import { shrinkArrivals } from "./shrink.ts";

const scenario: Scenario = {
  name: "two",
  description: "",
  seed: 1,
  durationMs: 120_000,
  providers: {
    deepseek: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] },
    alternate: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] },
  },
  config: ladderOf(["deepseek", "alternate"]),
  arrivals: SMALL_ARRIVALS,
  callers: { ...PATIENT_CALLERS, streamed: 1 },
};

let good: ScenarioResult;
beforeAll(async () => {
  good = await runScenario(scenario);
});

/** The good run with its first call told otherwise. */
function withFirst(change: (record: TryRecord, call: CallRecord) => Partial<TryRecord>): ScenarioResult {
  const [call, ...others] = good.calls;
  const [record] = call?.tries ?? [];
  if (call === undefined || record === undefined) throw new Error("The run has no calls.");
  return { ...good, calls: [{ ...call, tries: [{ ...record, ...change(record, call) }] }, ...others] };
}
const promises = (result: ScenarioResult) => [...new Set(checkInvariants(result).map(({ promise }) => promise))];

test("a good run keeps every promise", () => {
  expect(good.calls.length).toBeGreaterThan(100);
  expect(checkInvariants(good)).toEqual([]);
});

describe("a run breaks", () => {
  test("promise 1 with an outcome too many, a leak, an attempt that goes on, or a call that never ends", () => {
    expect(promises(withFirst(() => ({ outcomes: 2 })))).toEqual([1]);
    expect(promises(withFirst(() => ({ endings: 0 })))).toEqual([1]);
    expect(promises({ ...good, leftovers: { ...good.leftovers, timers: 1 } })).toEqual([1]);
    expect(promises({ ...good, hung: "nothing is scheduled" })).toEqual([1]);
    const open = withFirst(({ attempts }) => ({
      attempts: attempts.map(({ endedAt: _, ...attempt }) => attempt),
    }));
    expect(promises(open)).toEqual([1]);
  });

  test("promise 2 with an attempt after content, or after the caller's own fault", () => {
    const again = (how: "answered" | "caller") =>
      withFirst(({ attempts, endedAt = 0 }) => ({
        attempts: [
          ...attempts.map((attempt) => ({ ...attempt, outcome: how })),
          { provider: "alternate", startedAt: endedAt + 1, endedAt: endedAt + 2, outcome: "overloaded" },
        ],
      }));
    expect(promises(again("answered"))).toContain(2);
    expect(promises(again("caller"))).toContain(2);
  });

  test("promise 3 with more attempts than a tenth more, or with traffic to a dead provider", () => {
    const twice: ScenarioResult = {
      ...good,
      providers: {},
      calls: good.calls.map((call) => ({
        ...call,
        tries: call.tries.map((record) => ({
          ...record,
          attempts: record.attempts.flatMap((attempt) => [{ ...attempt, outcome: "cut" as const }, attempt]),
        })),
      })),
    };
    expect(promises(twice)).toEqual([3]);
    const plan = { start: { ...SMALL_PROVIDER, dead: true }, schedule: [] };
    const dead = { ...good, scenario: { ...scenario, providers: { ...scenario.providers, deepseek: plan } } };
    expect(promises(dead)).toEqual([3]);
  });

  test("promise 4 with an answer after its deadline, or a failure above a rung that always answers", () => {
    expect(promises(withFirst(({ firstContentAt = 0 }) => ({ deadlineAt: firstContentAt - 1 })))).toEqual([4]);
    expect(promises(withFirst(() => ({ verdict: "failed", failureKind: "deadline" })))).toEqual([4]);
  });

  test("promise 5 with a text that is not whole", () => {
    expect(promises(withFirst(() => ({ verdict: "truncated" })))).toEqual([5]);
    expect(promises(withFirst(() => ({ verdict: "garbled" })))).toEqual([5]);
  });

  test("promise 6 when the trouble goes and stays", () => {
    const trouble = { fromMs: 30_000, toMs: 60_000 };
    const stays: ScenarioResult = {
      ...good,
      scenario: { ...scenario, durationMs: 400_000, trouble },
      endedAt: 400_000,
      calls: good.calls.map((call) =>
        call.arrivedAt < 30_000
          ? call
          : { ...call, tries: call.tries.map((record) => ({ ...record, verdict: "flagged" as const })) },
      ),
    };
    expect(promises(stays)).toEqual([6]);
    expect(promises({ ...good, scenario: { ...scenario, trouble } })).toEqual([]);
  });

  test("promise 7 when critical calls are shed and sheddable ones are not", () => {
    const urgencies = (critical: number): ScenarioResult => ({
      ...good,
      providers: {},
      calls: good.calls.map((call) => ({
        ...call,
        urgency: call.index % 2 === 0 ? 0 : 6,
        tries: call.tries.map((record) =>
          call.index % 2 === critical
            ? {
                ...record,
                verdict: "degraded" as const,
                rung: "template" as const,
                provider: undefined,
                degraded: true,
                attempts: [],
                refusals: [{ at: record.startedAt + 5_000, provider: "deepseek", reason: "shed" }],
              }
            : record,
        ),
      })),
    });
    expect(promises(urgencies(0))).toEqual([7]);
    expect(promises(urgencies(1))).toEqual([]);
  });

  test("promise 10 when an answer names another provider, another rung, or fewer attempts than were sent", () => {
    expect(promises(withFirst(() => ({ provider: "alternate" })))).toEqual([10]);
    expect(promises(withFirst(() => ({ rung: "alternate" })))).toEqual([10]);
    expect(promises(withFirst(() => ({ degraded: true })))).toEqual([10]);
    const { deepseek } = good.providers;
    if (deepseek === undefined) throw new Error("The run has no counters.");
    expect(promises({ ...good, providers: { deepseek: { ...deepseek, requests: deepseek.requests + 1 } } })).toEqual([
      10,
    ]);
  });
});

describe("the runner", () => {
  test("reports the seed and a short example, and the example shows it again", async () => {
    const neverCut = perCall(99, "No answer is ever longer than 400 tokens.", ({ index, outputTokens }) =>
      outputTokens > 400 ? [{ promise: 99, call: index, message: `Call ${index} is too long.` }] : [],
    );
    const report = await runSeeds(scenario, { seeds: [5], calls: 200, invariants: [neverCut] });
    const [failure] = report.failures;
    expect(failure).toMatchObject({ seed: 5, arrivals: [{ outputTokens: expect.any(Number) }] });
    if (failure === undefined) throw new Error("The promise was kept.");
    expect(describeCounterexample(failure)).toContain("seed 5 breaks:\n  promise 99: Call 0 is too long.");
    const again = await runScenario(failure.scenario, { seed: 5, arrivals: failure.arrivals });
    expect(checkInvariants(again, [neverCut])).toHaveLength(1);
  });

  test("shrinks to the arrivals that matter, within its bound of runs", async () => {
    const arrivals = Array.from({ length: 100 }, (_, index) => ({ atMs: index, promptTokens: 1, outputTokens: 1 }));
    let runs = 0;
    const fails = (wanted: readonly number[]) => async (list: readonly { atMs: number }[]) => {
      runs++;
      return wanted.every((at) => list.some(({ atMs }) => atMs === at));
    };
    expect((await shrinkArrivals(arrivals, fails([17, 61]), 200)).map(({ atMs }) => atMs)).toEqual([17, 61]);
    runs = 0;
    await shrinkArrivals(arrivals, fails([17, 61]), 5);
    expect(runs).toBe(5);
  });

  test("shortens a scenario to about so many calls, at the same load", () => {
    const short = shortenTo(flashCrowd, 100);
    expect(expectedCalls(short)).toBeCloseTo(100, 0);
    expect(short.arrivals.rate).toBe(flashCrowd.arrivals.rate);
    expect((short.trouble?.fromMs ?? 0) / short.durationMs).toBeCloseTo(90 / 270, 5);
    expect(shortenTo(flashCrowd, 100_000)).toBe(flashCrowd);
  });
});
