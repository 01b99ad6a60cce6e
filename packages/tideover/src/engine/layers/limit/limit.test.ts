import { getEventListeners } from "node:events";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { scriptedService, testCall } from "../../../testing/index.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { limit } from "./limit.ts";
import type { LimitOptions, Permit } from "./limit-state.ts";
import { answer, calls, granted, LimitHarness, request } from "./testing/limit-harness.ts";

let at: LimitHarness;

beforeEach(() => {
  at = new LimitHarness();
});

describe("the layer", () => {
  function layer(outcomes: readonly Outcome[], options: Partial<LimitOptions> = {}) {
    const state = at.make(options);
    const scripted = scriptedService(outcomes);
    const service = limit({ limitFor: () => state, firstTokenMs: () => 20_000 })(scripted.service);
    return { state, service, sent: scripted.calls };
  }

  test("a permit is held until the stream has ended, and given back once", async () => {
    const { state, service } = layer([answer()]);
    const { stream } = (await service(testCall())) as Answer;
    expect(state.snapshot().inFlight).toBe(1);
    await stream.read();
    expect(state.snapshot().inFlight).toBe(1);
    await stream.read();
    await stream.read();
    stream.cancel(failure("cancelled", "caller-gone", ""));
    expect(state.snapshot().inFlight).toBe(0);
    expect(at.events.filter(({ type }) => type === "permit-released")).toHaveLength(1);
  });

  test("a cancelled stream and a failure give it back too", async () => {
    const { state, service } = layer([answer(), failure("fault", "http-500", "")]);
    const { stream } = (await service(testCall())) as Answer;
    stream.cancel(failure("cancelled", "caller-gone", ""));
    expect(state.snapshot().inFlight).toBe(0);
    await service(testCall());
    expect(state.snapshot().inFlight).toBe(0);
  });

  test("what is refused is not sent, and says so to failover and to a caller without another rung", async () => {
    const { service, sent } = layer([answer()]);
    await service(testCall());
    const refused = service(testCall());
    await at.clock.advance(2_000);
    expect(await refused).toMatchObject({
      kind: "rejected",
      reason: "limit-reached",
      code: "load_shed",
      provider: "p",
    });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["on-time", answer()],
    ["dropped", failure("overloaded", "http-503", "", { status: 503 })],
    ["ignored", failure("fault", "http-500", "")],
    ["ignored", failure("caller", "http-400", "")],
    ["ignored", failure("cancelled", "caller-gone", "")],
    ["ignored", failure("overloaded", "first-token-timeout", "")],
  ] as const)("%s is how a permit ends", async (ending, outcome) => {
    const { service } = layer([outcome], { concurrency: "auto" });
    const result = await service(testCall());
    if (result.type === "answer") while ((await result.stream.read()).type === "batch");
    expect(at.events.at(-1)).toMatchObject({ type: "permit-released", ending });
    expect(at.clock.pendingTimers).toBe(0);
  });
});

describe("classes", () => {
  test("background work holds a third of the limit at most", async () => {
    const state = at.make({ concurrency: 10 });
    for (const call of calls(3, { priority: 7 })) await granted(state, call);
    expect(await state.acquire(testCall({ priority: 7 }), request)).toMatchObject({ reason: "limit-reached" });
    await granted(state);
  });

  test("the rest of a broken answer comes before all others, whoever asked for it", async () => {
    const state = at.make();
    const first = await granted(state);
    const standard = at.ask(state, { priority: 3 });
    const rest = at.ask(state, { priority: 7, request: { continuation: { restart: false } } });
    expect(state.snapshot().waiting).toMatchObject({ critical: 1, standard: 1, background: 0 });
    first.release();
    await at.clock.advance(0);
    expect([rest.result?.type, standard.result]).toEqual(["permit", undefined]);
  });

  test("under lasting overload whole sessions are refused, the least important first, critical ones never", async () => {
    const state = at.make();
    await granted(state);
    const results = new Map<string, Set<string>>();
    for (let tick = 0; tick < 600; tick++) {
      const priority = [1, 3, 5][tick % 3] ?? 3;
      const user = `${priority}/${tick % 30}`;
      const body = { model: "m", messages: [], user };
      void Promise.resolve(state.acquire(testCall({ priority, request: { body } }), request)).then((result) => {
        if (tick < 450 || result.type === "permit") return;
        results.set(user, (results.get(user) ?? new Set()).add(result.reason));
      });
      await at.clock.advance(200);
    }
    const reasonsOf = (priority: number) =>
      [...results].filter(([user]) => user.startsWith(`${priority}/`)).map(([, reasons]) => [...reasons]);
    expect(reasonsOf(5).flat()).toEqual(reasonsOf(5).map(() => "shed"));
    expect(new Set(reasonsOf(3).flat())).toContain("shed");
    expect(reasonsOf(1).flat()).not.toContain("shed");
    expect(state.snapshot().admissionLevel).toBeLessThan(2);
  });
});

test("whatever comes and goes, permits stay within the limit and all come back", async () => {
  const step = fc.record({
    what: fc.constantFrom("ask", "answer", "fail", "release", "abort", "wait"),
    which: fc.nat(30),
    priority: fc.nat(7),
    stream: fc.boolean(),
    ms: fc.nat(3_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      at = new LimitHarness();
      const state = at.make({ concurrency: "auto", start: 3, maximum: 6, onEvent: undefined });
      const held: Permit[] = [];
      const callers: AbortController[] = [];
      let settled = 0;
      for (const { what, which, priority, stream, ms } of steps) {
        const permit = held[which % Math.max(1, held.length)];
        if (what === "ask") {
          const caller = new AbortController();
          callers.push(caller);
          const call = testCall({ priority, signal: caller.signal, startedAt: at.clock.now(), request: { stream } });
          void Promise.resolve(
            state.acquire({ ...call, deadline: at.clock.now() + 60_000 }, { firstTokenMs: 4_000, measured: stream }),
          ).then((result) => {
            settled++;
            if (result.type === "permit") held.push(result);
          });
        } else if (what === "answer") permit?.answered();
        else if (what === "fail") permit?.failed(failure("overloaded", "http-429", "", { status: 429 }));
        else if (what === "release") permit?.release();
        else if (what === "abort") callers[which % Math.max(1, callers.length)]?.abort();
        await at.clock.advance(what === "wait" ? ms : 0);
        expect(state.snapshot().inFlight).toBeLessThanOrEqual(6);
      }
      await at.clock.advance(10_000);
      expect(settled).toBe(callers.length);
      for (const permit of held) permit.release();
      await at.clock.advance(0);
      expect(state.snapshot()).toMatchObject({ inFlight: 0, waiting: { critical: 0, standard: 0, sheddable: 0 } });
      expect(at.clock.pendingTimers).toBe(0);
      for (const { signal } of callers) expect(getEventListeners(signal, "abort")).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("options that make no sense are refused with their value", () => {
  expect(() => at.make({ concurrency: 0 })).toThrow(/limit of p needs a whole minimum of at least 1 call, got 0/);
  expect(() => at.make({ concurrency: "auto", maximum: 2.5 })).toThrow(/got 2.5/);
});

describe("a bound from outside, where several processes share a limit", () => {
  test("nobody is sent beyond it, critical calls neither, and those who wait are sent when it grows", async () => {
    const state = at.make({ concurrency: 10, bound: 1 });
    const first = await granted(state);
    const standard = at.ask(state);
    const critical = at.ask(state, { priority: 0 });
    await at.clock.advance(10);
    expect([standard.result, critical.result]).toEqual([undefined, undefined]);
    expect(state.snapshot()).toMatchObject({ limit: 1, inFlight: 1 });
    state.bound(2);
    await at.clock.advance(0);
    expect([standard.result, critical.result?.type]).toEqual([undefined, "permit"]);
    state.bound(1);
    first.release();
    await at.clock.advance(10);
    expect(standard.result).toBeUndefined();
    state.bound(10);
    await at.clock.advance(0);
    expect(standard.result?.type).toBe("permit");
  });

  test("it may be nothing: then all wait", async () => {
    const state = at.make({ concurrency: 1, bound: 0 });
    const asked = at.ask(state);
    await at.clock.advance(100);
    expect(asked.result).toBeUndefined();
    state.bound(1);
    await at.clock.advance(0);
    expect(asked.result?.type).toBe("permit");
  });
});
