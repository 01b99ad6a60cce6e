import { describe, expect, test } from "vitest";
import { busy, hedgeStage, slowAndFast } from "../../../testing/hedge-stage.ts";
import { testCall } from "../../../testing/index.ts";
import type { Call } from "../../call.ts";
import { TokenBudget } from "../../kernels/token-budget.ts";

describe("who is asked, and when", () => {
  test("after the set time without content the next provider is asked, and the faster one answers", async () => {
    const { ask, asked, events, clock } = hedgeStage({ ms: 1_000 }, slowAndFast);
    expect(await ask()).toMatchObject({ type: "answer", origin: { provider: "b" } });
    expect(clock.now()).toBe(1_700);
    expect(asked()).toEqual([
      ["a", 0],
      ["b", 1_000],
    ]);
    expect(events[0]).toMatchObject({ type: "hedge-started", provider: "a", to: "b", patienceMs: 1_000 });
  });

  test("an answer in time leaves no second attempt and no timer", async () => {
    const { ask, asked, types, clock } = hedgeStage(
      { ms: 1_000 },
      { a: { script: [{ ms: 999 }] }, b: { script: [{ ms: 1 }] } },
    );
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    expect(asked()).toEqual([["a", 0]]);
    expect(types()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a percentile means nothing before a hundred first tokens", async () => {
    const { ask, asked, learn } = hedgeStage({ quantile: 0.95 }, slowAndFast);
    learn(testCall(), ...Array.from({ length: 99 }, () => 3_000));
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    expect(asked()).toEqual([["a", 0]]);
  });

  test("a percentile is the provider's own, for that size of prompt", async () => {
    const { ask, asked, learn } = hedgeStage({ quantile: 0.95 }, slowAndFast);
    const short = Array.from({ length: 90 }, () => 400);
    learn(testCall(), ...short, ...Array.from({ length: 20 }, () => 4_000));
    learn(testCall({ request: { bytes: new Uint8Array(50_000) } }), ...Array.from({ length: 200 }, () => 60_000));
    expect(await ask()).toMatchObject({ origin: { provider: "b" } });
    expect(asked()[1]?.[1]).toBeGreaterThanOrEqual(4_000);
    expect(asked()[1]?.[1]).toBeLessThan(4_400);
  });

  test("a percentile below two seconds is two seconds", async () => {
    const { ask, asked, learn } = hedgeStage({ quantile: 0.95 }, slowAndFast);
    learn(testCall(), ...Array.from({ length: 100 }, () => 200));
    await ask();
    expect(asked()[1]).toEqual(["b", 2_000]);
  });

  test("there is one second attempt, never a third", async () => {
    const { ask, asked } = hedgeStage(
      { ms: 100 },
      { a: { script: [{ ms: 9_000 }] }, b: { script: [{ ms: 9_500 }] }, c: { script: [{ ms: 1 }] } },
    );
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    expect(asked()).toEqual([
      ["a", 0],
      ["b", 100],
    ]);
  });

  test("who cannot take the call is passed over", async () => {
    const { ask, asked } = hedgeStage(
      { ms: 100 },
      {
        a: { script: [{ ms: 9_000 }] },
        b: { script: [{ ms: 1 }], available: false },
        c: { script: [{ ms: 1 }], terms: { isSteady: () => false } },
        d: { script: [{ ms: 1 }], terms: { degraded: true } },
        e: { script: [{ ms: 1 }] },
      },
    );
    expect(await ask()).toMatchObject({ origin: { provider: "e" } });
    expect(asked().map(([provider]) => provider)).toEqual(["a", "e"]);
  });
});

test("what a caller's own client repeats is no traffic to spend on", async () => {
  for (const callerRetries of [0, 1]) {
    const budget = new TokenBudget({ share: 1, windowMs: 60_000, reserveCalls: 0 });
    const { ask, types } = hedgeStage({ ms: 100 }, { a: { ...slowAndFast.a, terms: { budget } }, b: slowAndFast.b });
    await ask(testCall({ callerRetries }));
    expect(types()[0]).toBe(callerRetries === 0 ? "hedge-started" : "hedge-refused");
  }
});

describe("when there is none", () => {
  test.each([
    ["nobody", { script: [{ ms: 1 }], available: false }],
    ["nobody", { script: [{ ms: 1 }], terms: { isSteady: () => false } }],
    ["nobody", { script: [{ ms: 1 }], terms: { degraded: true } }],
  ])("%s else is there", async (why, b) => {
    const { ask, asked, events } = hedgeStage({ ms: 100 }, { a: slowAndFast.a, b });
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    expect(asked()).toEqual([["a", 0]]);
    expect(events).toEqual([expect.objectContaining({ type: "hedge-refused", why })]);
  });

  test("the first provider is being probed", async () => {
    const a = { ...slowAndFast.a, terms: { isSteady: () => false } };
    const { ask, events } = hedgeStage({ ms: 100 }, { a, b: slowAndFast.b });
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    expect(events).toEqual([expect.objectContaining({ type: "hedge-refused", why: "unsteady" })]);
  });

  test.each([
    ["a restart or a continuation", { extra: true }],
    ["the second pass", { earlier: { tries: 1, failure: busy } }],
    ["background work", { priority: 6 }],
  ])("it is %s", async (_what, overrides: Partial<Omit<Call, "request">>) => {
    const { ask, types } = hedgeStage({ ms: 100 }, slowAndFast);
    expect(await ask(testCall(overrides))).toMatchObject({ origin: { provider: "a" } });
    expect(types()).toEqual([]);
  });

  test("its own budget is spent, or the retry budget", async () => {
    for (const which of ["budget", "retryBudget"]) {
      const spent = new TokenBudget({ share: 0, windowMs: 60_000, reserveCalls: 0 });
      const a = { ...slowAndFast.a, terms: { [which]: spent } };
      const { ask, events } = hedgeStage({ ms: 100 }, { a, b: slowAndFast.b });
      expect(await ask()).toMatchObject({ origin: { provider: "a" } });
      expect(events).toEqual([expect.objectContaining({ type: "hedge-refused", why: "budget" })]);
    }
  });
});

test.each([{ ms: 0 }, { quantile: 0 }, { quantile: 1 }])("%j is refused with its value", (after) => {
  expect(() => hedgeStage(after, slowAndFast)).toThrow(JSON.stringify(after));
});
