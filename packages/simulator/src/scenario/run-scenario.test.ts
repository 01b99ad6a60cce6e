import { describe, expect, test } from "vitest";
import { figuresOf } from "../report/figures.ts";
import { lastTry } from "./call-record.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { oneOfTwoDying } from "./shipped/one-of-two-dying.ts";
import { retryingCrowd } from "./shipped/retrying-crowd.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./shipped/small-town.ts";
import type { StrategyName } from "./strategy.ts";

const calm: Scenario = {
  name: "calm",
  description: "",
  seed: 7,
  durationMs: 60_000,
  providers: { deepseek: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] } },
  config: ladderOf(["deepseek"]),
  arrivals: SMALL_ARRIVALS,
  callers: PATIENT_CALLERS,
};
const brokenFromTheStart = (fault: string): Scenario => ({
  ...calm,
  providers: { deepseek: { start: { ...SMALL_PROVIDER, faults: [{ fault, share: 1 }] }, schedule: [] } },
});

describe("a run", () => {
  test("of a healthy provider gives every caller the right text", async () => {
    const result = await runScenario(calm);
    const figures = figuresOf(result);
    expect(figures.calls).toBeGreaterThan(40);
    expect(figures).toMatchObject({ live: 1, answered: 1, degraded: 0, wrong: 0, attemptsPerCall: 1, wastedTokens: 0 });
    expect(result.calls.every((call) => lastTry(call).rung === "live")).toBe(true);
    expect(result.providers.deepseek?.requests).toBe(figures.calls);
  });

  test.each<StrategyName>(["tideover", "classic", "sdk", "none"])(
    "of %s repeats itself for a seed",
    async (strategy) => {
      const options = { strategy, seed: 3, mostCalls: 120 };
      const first = await runScenario(oneOfTwoDying, options);
      const second = await runScenario(oneOfTwoDying, options);
      expect(second.hash).toBe(first.hash);
      expect(JSON.stringify(second)).toBe(JSON.stringify(first));
      expect((await runScenario(oneOfTwoDying, { ...options, seed: 4 })).hash).not.toBe(first.hash);
    },
  );

  test("gives all strategies the same arrivals", async () => {
    const arrivals = async (strategy: StrategyName) =>
      (await runScenario(calm, { strategy })).calls.map(({ arrivedAt, outputTokens }) => [arrivedAt, outputTokens]);
    expect(await arrivals("none")).toEqual(await arrivals("tideover"));
  });

  test("follows a schedule: the provider is dead until it is not", async () => {
    const result = await runScenario({
      ...calm,
      durationMs: 200_000,
      providers: {
        deepseek: {
          start: { ...SMALL_PROVIDER, faults: [{ fault: "500", share: 1 }] },
          schedule: [{ atMs: 100_000, faults: [] }],
        },
      },
    });
    const before = result.calls.filter(({ arrivedAt }) => arrivedAt < 90_000);
    const after = result.calls.filter(({ arrivedAt }) => arrivedAt > 160_000);
    expect(new Set(before.map((call) => lastTry(call).verdict))).toEqual(new Set(["degraded"]));
    expect(new Set(after.map((call) => lastTry(call).verdict))).toEqual(new Set(["right"]));
    expect(result.breakers[0]).toMatchObject({ provider: "deepseek", state: "open" });
  });

  test("with a trace takes its times and lengths", async () => {
    const arrivals = [
      { atMs: 500, promptTokens: 10, outputTokens: 9 },
      { atMs: 900, promptTokens: 10, outputTokens: 5 },
      { atMs: 70_000, promptTokens: 10, outputTokens: 5 },
    ];
    const { calls } = await runScenario(calm, { arrivals });
    expect(calls.map(({ arrivedAt }) => arrivedAt)).toEqual([500, 900]);
    expect(calls.map((call) => lastTry(call).tokens)).toEqual([9, 5]);
  });
});

describe("the baselines", () => {
  test("a plain client takes a stream that ends early for whole, and an empty answer for an answer", async () => {
    for (const fault of ["cut-clean", "empty"]) {
      const figures = figuresOf(await runScenario(brokenFromTheStart(fault), { strategy: "none", mostCalls: 20 }));
      expect(figures.wrong).toBeGreaterThan(0);
      expect(figures.live).toBe(0);
    }
  });

  test("the SDK asks three times, a plain client once", async () => {
    const broken = brokenFromTheStart("500");
    const attempts = async (strategy: StrategyName) =>
      figuresOf(await runScenario(broken, { strategy, mostCalls: 20 })).attemptsPerCall;
    expect(await attempts("sdk")).toBe(3);
    expect(await attempts("none")).toBe(1);
  });

  test("the classic recipe tries the same provider six times, then its breaker opens", async () => {
    const result = await runScenario(brokenFromTheStart("500"), { strategy: "classic", mostCalls: 1 });
    expect(result.breakers[0]).toMatchObject({ state: "open", reason: expect.stringContaining("5 failures in a row") });
    expect(result.calls[0] && lastTry(result.calls[0]).attempts).toHaveLength(5);
  });
});

describe("callers", () => {
  test("hang up when their patience ends, and the provider's slot is free at once", async () => {
    const silent = brokenFromTheStart("keep-alive-only");
    const result = await runScenario(
      { ...silent, callers: { ...PATIENT_CALLERS, patienceMs: 4_000 } },
      { mostCalls: 3 },
    );
    const [call] = result.calls;
    expect(call && lastTry(call)).toMatchObject({ verdict: "left" });
    expect(call && (lastTry(call).endedAt ?? 0) - call.arrivedAt).toBe(4_000);
    expect(result.leftovers.exchanges).toBe(0);
  });

  test("ask again when told of an error", async () => {
    const result = await runScenario(retryingCrowd);
    expect(result.calls.some(({ tries }) => tries.length === 3)).toBe(true);
  });

  test("of a closed population never ask all at once", async () => {
    const users = 5;
    const population = { users, thinkMs: 1_000 };
    const result = await runScenario({ ...calm, callers: { ...PATIENT_CALLERS, population } });
    expect(result.providers.deepseek?.peakInFlight).toBeLessThanOrEqual(users);
    expect(result.calls.length).toBeGreaterThan(users);
  });
});
