import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { busy, hedgeStage, slowAndFast } from "../../../testing/hedge-stage.ts";
import { testCall } from "../../../testing/index.ts";
import { failure, failureOf } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Service } from "../../service.ts";
import { failover } from "../failover/failover.ts";
import { hedge } from "./hedge.ts";

describe("the loser", () => {
  test("is aborted, and what it cost is told", async () => {
    const { ask, events, clock } = hedgeStage({ ms: 1_000 }, slowAndFast);
    const call = testCall();
    await ask(call);
    await clock.advance(0);
    expect(call.trace.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ["a", "cancelled"],
      ["b", "running"],
    ]);
    const wastedTokens = Math.ceil(call.request.bytes.length / 4);
    expect(events.at(-1)).toMatchObject({ type: "hedge-ended", answeredBy: "b", wastedTokens });
    expect(clock.pendingTimers).toBe(0);
  });

  test("that answers nevertheless is cancelled", async () => {
    const b = { script: [{ ms: 5_000 }], deaf: true };
    const { ask, cancelled, clock } = hedgeStage({ ms: 1_000 }, { a: { script: [{ ms: 2_000 }] }, b });
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    await clock.advance(10_000);
    expect(cancelled).toEqual(["b"]);
  });

  test("that had only waited in a queue of ours has wasted nothing", async () => {
    const queueing: Service = async (call) => {
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      return failureOf(call.signal);
    };
    const { run, clock, targets, events } = hedgeStage({ ms: 1_000 }, { a: slowAndFast.a, b: slowAndFast.b });
    Object.assign(targets[0] ?? {}, { service: queueing });
    await clock.run(run(testCall()));
    await clock.advance(0);
    expect(events.at(-1)).toMatchObject({ type: "hedge-ended", answeredBy: "b", wastedTokens: 0 });
  });

  test("counts as longer than it was waited for, so that the percentile does not fall", async () => {
    const { run, clock, learn, targets } = hedgeStage({ quantile: 0.95 }, slowAndFast);
    const call = testCall();
    learn(call, ...Array.from({ length: 190 }, () => 400), ...Array.from({ length: 10 }, () => 5_000));
    const window = targets[0]?.hedging?.firstTokens(call);
    const before = window?.quantile(0, 0.96) ?? 0;
    for (let index = 0; index < 20; index++) await clock.run(run(testCall()));
    expect(window?.count(clock.now())).toBe(220);
    expect(window?.quantile(clock.now(), 0.96)).toBeGreaterThanOrEqual(before);
  });
});

describe("failures", () => {
  test("of the second are forgotten when the first answers after all", async () => {
    const b = { script: [{ ms: 1, failure: failure("caller", "http-400", "no such parameter") }] };
    const { ask, types, clock, events } = hedgeStage({ ms: 100 }, { a: slowAndFast.a, b });
    expect(await ask()).toMatchObject({ origin: { provider: "a" } });
    await clock.advance(0);
    expect(types()).toEqual(["hedge-started", "hedge-ended"]);
    expect(events[1]).toMatchObject({ answeredBy: "a", wastedTokens: 0 });
  });

  test("of the first leave the second running: it is the failover", async () => {
    const a = { script: [{ ms: 300, failure: busy }] };
    const { ask, asked, clock } = hedgeStage({ ms: 100 }, { a, b: slowAndFast.b, c: { script: [{ ms: 1 }] } });
    expect(await ask()).toMatchObject({ origin: { provider: "b" } });
    expect(clock.now()).toBe(800);
    expect(asked().map(([provider]) => provider)).toEqual(["a", "b"]);
  });

  test("of both lead to the next provider, which is told that it is the last", async () => {
    const failing = { script: [{ ms: 300, failure: busy }] };
    const { ask, sent } = hedgeStage({ ms: 100 }, { a: failing, b: failing, c: { script: [{ ms: 1 }] } });
    expect(await ask()).toMatchObject({ origin: { provider: "c" } });
    expect(sent.map(({ provider, call }) => [provider, call.lastChance])).toEqual([
      ["a", false],
      ["b", false],
      ["c", true],
    ]);
  });

  test("of both, with nobody left, give the second its second pass", async () => {
    const a = { script: [{ ms: 300, failure: busy }] };
    const b = { script: [{ ms: 300, failure: busy }, { ms: 1 }] };
    const { ask, sent } = hedgeStage({ ms: 100 }, { a, b });
    expect(await ask()).toMatchObject({ origin: { provider: "b" } });
    expect(sent.at(-1)?.call).toMatchObject({ lastChance: true, earlier: { tries: 1 } });
  });

  test("that are the caller's end it at once, and the second is aborted", async () => {
    const a = { script: [{ ms: 300, failure: failure("caller", "http-400", "bad") }] };
    const { ask, clock, events } = hedgeStage({ ms: 100 }, { a, b: { script: [{ ms: 9_000 }] } });
    const call = testCall();
    expect(await ask(call)).toMatchObject({ type: "failure", kind: "caller" });
    expect(clock.now()).toBe(300);
    await clock.advance(0);
    expect(call.trace.attempts[1]?.outcome).toBe("cancelled");
    expect(events.at(-1)).toMatchObject({ type: "hedge-ended", answeredBy: undefined });
  });

  test("a caller who leaves ends both", async () => {
    const { run, clock, sent } = hedgeStage({ ms: 100 }, { a: slowAndFast.a, b: { script: [{ ms: 9_000 }] } });
    const abort = new AbortController();
    const call = testCall({ signal: abort.signal });
    const outcome = run(call);
    await clock.advance(500);
    expect(sent).toHaveLength(2);
    abort.abort(failure("cancelled", "caller-gone", "gone"));
    expect(await outcome).toMatchObject({ kind: "cancelled", reason: "caller-gone" });
    await clock.advance(0);
    expect(call.trace.attempts.map(({ outcome: how }) => how)).toEqual(["cancelled", "cancelled"]);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });
});

describe("what is learned of first tokens", () => {
  const countAfter = async (provider: Parameters<typeof hedgeStage>[1][string]) => {
    const { ask, targets, clock } = hedgeStage({ ms: 60_000 }, { a: provider });
    const { signal } = new AbortController();
    await ask(testCall({ signal }));
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const window = targets[0]?.hedging?.firstTokens(testCall());
    return [window?.count(clock.now()), Math.round(window?.quantile(clock.now(), 0.5) ?? 0)];
  };

  test("an answer's", async () => {
    const [count, median = 0] = await countAfter({ script: [{ ms: 3_000 }] });
    expect(count).toBe(1);
    expect(median).toBeGreaterThanOrEqual(3_000);
    expect(median).toBeLessThan(3_300);
  });

  test("that of a silence which somebody ended", async () => {
    const silence = failure("overloaded", "first-token-timeout", "nothing came");
    expect(await countAfter({ script: [{ ms: 20_000, failure: silence }] })).toEqual([1, expect.any(Number)]);
    const patience = failure("deadline", "deadline", "too late");
    expect(await countAfter({ script: [{ ms: 20_000, failure: patience }] })).toEqual([1, expect.any(Number)]);
  });

  test("none of a refusal", async () => {
    expect(await countAfter({ script: [{ ms: 100, failure: busy }] })).toEqual([0, 0]);
  });

  test("none of a call that was tried more than once, or not at all", async () => {
    for (const attempts of [0, 2]) {
      const { run, clock, targets } = hedgeStage({ ms: 60_000 }, { a: { script: [{ ms: 500 }] } });
      const once = targets[0]?.service;
      const service: Service = async (call) => {
        for (let index = 1; index < attempts; index++) await once?.(call);
        return attempts === 0 ? failure("deadline", "deadline", "too late") : ((await once?.(call)) ?? busy);
      };
      Object.assign(targets[0] ?? {}, { service });
      await clock.run(run(testCall()));
      expect(targets[0]?.hedging?.firstTokens(testCall())?.count(clock.now())).toBe(0);
    }
  });
});

describe("what is learned of a first token", () => {
  test("is measured from the asking, of answers and of what was given up", async () => {
    const { run, clock, targets } = hedgeStage({ ms: 1_000 }, slowAndFast);
    await clock.advance(300_000);
    const call = testCall({ startedAt: clock.now(), deadline: clock.now() + 60_000 });
    await clock.run(run(call));
    await clock.advance(0);
    const quantile = (index: number) => targets[index]?.hedging?.firstTokens(call)?.quantile(clock.now(), 0.5) ?? 0;
    expect(quantile(0)).toBeGreaterThanOrEqual(1_700);
    expect(quantile(0)).toBeLessThan(2_000);
    expect(quantile(1)).toBeGreaterThanOrEqual(700);
    expect(quantile(1)).toBeLessThan(800);
  });

  test("is nothing where the call's earlier attempts are counted with it", async () => {
    const { run, clock, targets } = hedgeStage({ ms: 60_000 }, slowAndFast);
    const call = testCall();
    call.trace.attempts.push({ provider: "a", outcome: "overloaded", ms: 5 });
    await clock.run(run(call));
    expect(targets[0]?.hedging?.firstTokens(call)?.count(clock.now())).toBe(1);
  });

  test("is nothing where it is not kept", async () => {
    const unmeasured = { ...slowAndFast.a, terms: { firstTokens: () => undefined } };
    const { ask } = hedgeStage({ ms: 1_000 }, { a: unmeasured, b: slowAndFast.b });
    expect(await ask()).toMatchObject({ origin: { provider: "b" } });
    const { ask: askLearned, asked } = hedgeStage({ quantile: 0.95 }, { a: unmeasured, b: slowAndFast.b });
    await askLearned();
    expect(asked()).toEqual([["a", 0]]);
  });
});

test("hedging works where nobody listens, and where a provider has none", async () => {
  const { clock, targets } = hedgeStage({ ms: 1_000 }, { ...slowAndFast, c: { script: [{ ms: 10 }] } });
  const silent = hedge({ after: { ms: 1_000 } }, { clock, random: seededRandom(1) });
  expect(await clock.run(failover(targets, silent)(testCall()))).toMatchObject({ origin: { provider: "b" } });
  const plain = targets.map(({ hedging: _, ...target }) => target);
  expect(await clock.run(failover(plain, silent)(testCall()))).toMatchObject({ origin: { provider: "a" } });
  const [first, ...others] = targets;
  if (first === undefined) throw new Error("There are three.");
  const unhedged = others.map(({ hedging: _, ...target }) => target);
  expect(await clock.run(failover([first, ...unhedged], silent)(testCall()))).toMatchObject({
    origin: { provider: "a" },
  });
});

test("the loser is told why it was given up", async () => {
  const { ask, sent } = hedgeStage({ ms: 1_000 }, slowAndFast);
  await ask();
  const loser = sent.find(({ provider }) => provider === "a")?.call.signal;
  expect(loser?.reason).toMatchObject({ reason: "hedge-lost", message: "b was faster." });
});

test("a call that was given up before it began asks nobody twice", async () => {
  const { run, clock, asked } = hedgeStage({ ms: 1_000 }, slowAndFast);
  const gone = new AbortController();
  gone.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await clock.run(run(testCall({ signal: gone.signal })))).toMatchObject({ reason: "caller-gone" });
  expect(asked()).toEqual([["a", 0]]);
});
