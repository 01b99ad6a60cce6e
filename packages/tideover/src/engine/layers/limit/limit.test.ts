import { getEventListeners } from "node:events";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { type Failure, failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { QUEUE_CAPACITY } from "./defaults.ts";
import { limit } from "./limit.ts";
import type { LimitEvent } from "./limit-event.ts";
import { createLimitState, type LimitOptions, type LimitState, type Permit } from "./limit-state.ts";

let clock: VirtualClock;
let events: LimitEvent[];

beforeEach(() => {
  clock = new VirtualClock();
  events = [];
});

const owner = { provider: "p", account: "p#1", model: "m" };
const make = (options: Partial<LimitOptions> = {}): LimitState =>
  createLimitState(
    { ...owner, concurrency: 1, onEvent: (event) => events.push(event), ...options },
    { clock, random: seededRandom(1) },
  );
const request = { firstTokenMs: 20_000, measured: true };
const answer = (ending: Ending = WHOLE): Answer => ({
  type: "answer",
  origin: { rung: "live", degraded: false },
  stream: streamOf([textEvent("x")], ending),
});
const calls = (count: number, overrides: Parameters<typeof testCall>[0] = {}) =>
  Array.from({ length: count }, (_, index) => testCall({ id: `call-${index}`, ...overrides }));

async function granted(state: LimitState, call: Call = testCall()): Promise<Permit> {
  const permit = await state.acquire(call, request);
  if (permit.type === "failure") throw new Error(`refused: ${permit.reason}`);
  return permit;
}

/** Asks for a permit and notes when and how the wait ended. */
function ask(state: LimitState, overrides: Parameters<typeof testCall>[0] = {}) {
  const asked: { at?: number; result?: Permit | Failure } = {};
  void Promise.resolve(state.acquire(testCall(overrides), request)).then((result) => {
    asked.at = clock.now();
    asked.result = result;
  });
  return asked;
}

describe("the layer", () => {
  function layer(outcomes: readonly Outcome[], options: Partial<LimitOptions> = {}) {
    const state = make(options);
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
    expect(events.filter(({ type }) => type === "permit-released")).toHaveLength(1);
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
    await clock.advance(2_000);
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
    expect(events.at(-1)).toMatchObject({ type: "permit-released", ending });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("waiting", () => {
  test("who waits is served when a permit comes free, and says how long it waited", async () => {
    const state = make();
    const held = await granted(state);
    const waiting = ask(state);
    await clock.advance(700);
    expect(state.snapshot()).toMatchObject({ inFlight: 1, waiting: { standard: 1 } });
    held.release();
    await clock.advance(0);
    expect(waiting).toMatchObject({ at: 700, result: { type: "permit" } });
    expect(events.at(-1)).toMatchObject({ type: "permit-granted", waitedMs: 700 });
  });

  test.each([
    ["a streamed critical call", 0, true, 2_000],
    ["a streamed standard call", 3, true, 2_000],
    ["an unstreamed standard call", 3, false, 10_000],
    ["a sheddable call", 5, false, 2_000],
    ["a background call", 7, false, 0],
  ])("%s waits no longer than it may", async (_, priority, stream, mostMs) => {
    const state = make();
    await granted(state);
    const waiting = ask(state, { priority, request: { stream } });
    await clock.advance(20_000);
    expect(waiting).toMatchObject({ at: mostMs, result: { reason: "limit-reached" } });
    expect(state.snapshot().waiting).toEqual({ critical: 0, standard: 0, sheddable: 0, background: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  test("nobody waits into the time that the provider needs for a first token", async () => {
    const state = make();
    await granted(state);
    const waiting = ask(state, { deadline: 1_600 });
    const hopeless = ask(state, { deadline: 1_000 });
    await clock.advance(5_000);
    expect(waiting.at).toBe(600);
    expect(hopeless.at).toBe(0);
  });

  test("the important come first, and within a class who came first", async () => {
    const state = make();
    let held = await granted(state);
    const order: string[] = [];
    const names = { sheddable: 4, standard: 2, second: 3, critical: 1 };
    for (const [name, priority] of Object.entries(names)) {
      void granted(state, testCall({ priority })).then((permit) => {
        order.push(name);
        held = permit;
      });
    }
    for (let turn = 0; turn < 4; turn++) {
      held.release();
      await clock.advance(1);
    }
    expect(order).toEqual(["critical", "standard", "second", "sheddable"]);
  });

  test("an aborted call leaves at once, without a trace", async () => {
    const state = make();
    await granted(state);
    const caller = new AbortController();
    const waiting = ask(state, { signal: caller.signal });
    await clock.advance(100);
    caller.abort(failure("cancelled", "caller-gone", "Gone."));
    await clock.advance(0);
    expect(waiting).toMatchObject({ at: 100, result: { kind: "cancelled" } });
    expect(state.snapshot().waiting.standard).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });

  test("a call that has been aborted before takes no permit", async () => {
    const state = make();
    const signal = AbortSignal.abort(failure("cancelled", "caller-gone", "Gone."));
    expect(await state.acquire(testCall({ signal }), request)).toMatchObject({ kind: "cancelled" });
    expect(state.snapshot().inFlight).toBe(0);
  });

  test("a full queue refuses newcomers, but the less important make room for the more important", async () => {
    const state = make();
    await granted(state);
    const first = ask(state, { priority: 5 });
    for (const call of calls(QUEUE_CAPACITY - 1, { priority: 5 })) void state.acquire(call, request);
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ reason: "queue-full" });
    const critical = ask(state, { priority: 0 });
    await clock.advance(0);
    expect(first.result).toMatchObject({ reason: "queue-full" });
    expect(critical.result).toBeUndefined();
    expect(state.snapshot().waiting).toMatchObject({ critical: 1, sheddable: QUEUE_CAPACITY - 1 });
  });

  test("a burst is served in its order; once somebody has waited for half a second the newest come first", async () => {
    const state = make();
    let held = await granted(state);
    const served: number[] = [];
    const come = (arrival: number) =>
      void Promise.resolve(state.acquire(testCall({ priority: 1 }), request)).then((permit) => {
        if (permit.type === "failure") return;
        served.push(arrival);
        held = permit;
      });
    for (let arrival = 0; arrival < 60; arrival++) {
      come(arrival);
      await clock.advance(arrival < 4 ? 100 : 250);
      if (arrival === 1 || arrival % 4 === 3) held.release();
      await clock.advance(0);
    }
    expect(served.slice(0, 4)).toEqual([0, 1, 7, 11]);
    expect(served.at(-1)).toBe(59);
    expect(state.snapshot()).toMatchObject({ underPressure: true });
  });

  test("under pressure what nobody waits for is refused to nobody", async () => {
    const state = make({ concurrency: 2 });
    const held = [await granted(state), await granted(state)];
    for (let arrival = 0; arrival < 120; arrival++) {
      void state.acquire(testCall({ priority: 1 }), request);
      await clock.advance(250);
    }
    expect(state.snapshot()).toMatchObject({ underPressure: true });
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ reason: "shed" });
    await clock.advance(2_000);
    for (const permit of held) permit.release();
    expect(state.snapshot().admissionLevel).toBeLessThan(3);
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ type: "permit" });
  });

  test("an unstreamed call does not begin a wait that is bound to be in vain", async () => {
    const state = make();
    for (let turn = 0; turn < 5; turn++) {
      const permit = await granted(state);
      await clock.advance(15_000);
      permit.release();
    }
    await granted(state);
    const refused = ask(state, { request: { stream: false } });
    await clock.advance(0);
    expect(refused.result).toMatchObject({ reason: "limit-reached" });
    const retryAfterMs = (refused.result as Failure).retryAfterMs ?? 0;
    expect(retryAfterMs).toBeGreaterThan(10_000);
    expect(retryAfterMs).toBeLessThan(20_000);
  });
});

describe("classes", () => {
  test("background work holds a third of the limit at most", async () => {
    const state = make({ concurrency: 10 });
    for (const call of calls(3, { priority: 7 })) await granted(state, call);
    expect(await state.acquire(testCall({ priority: 7 }), request)).toMatchObject({ reason: "limit-reached" });
    await granted(state);
  });

  test("the rest of a broken answer comes before all others, whoever asked for it", async () => {
    const state = make();
    const first = await granted(state);
    const standard = ask(state, { priority: 3 });
    const rest = ask(state, { priority: 7, request: { continuation: { restart: false } } });
    expect(state.snapshot().waiting).toMatchObject({ critical: 1, standard: 1, background: 0 });
    first.release();
    await clock.advance(0);
    expect([rest.result?.type, standard.result]).toEqual(["permit", undefined]);
  });

  test("under lasting overload whole sessions are refused, the least important first, critical ones never", async () => {
    const state = make();
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
      await clock.advance(200);
    }
    const reasonsOf = (priority: number) =>
      [...results].filter(([user]) => user.startsWith(`${priority}/`)).map(([, reasons]) => [...reasons]);
    expect(reasonsOf(5).flat()).toEqual(reasonsOf(5).map(() => "shed"));
    expect(new Set(reasonsOf(3).flat())).toContain("shed");
    expect(reasonsOf(1).flat()).not.toContain("shed");
    expect(state.snapshot().admissionLevel).toBeLessThan(2);
  });
});

describe("learning", () => {
  const limitOf = (state: LimitState) => state.snapshot().limit;

  test("late is counted when it is late, without waiting for the token", async () => {
    const state = make({ concurrency: "auto" });
    for (const call of calls(20)) await state.acquire(call, { firstTokenMs: 8_000, measured: true });
    await clock.advance(3_999);
    expect(limitOf(state)).toBe(20);
    await clock.advance(1);
    expect(limitOf(state)).toBe(18);
  });

  test("first tokens that come in time make room, also for those who wait", async () => {
    const state = make({ concurrency: "auto", start: 4 });
    const held = await Promise.all(calls(4).map((call) => granted(state, call)));
    const waiting = ask(state);
    held[3]?.answered();
    await clock.advance(0);
    expect(waiting.result).toMatchObject({ type: "permit" });
    expect(events.at(-1)).toMatchObject({ type: "limit-changed", limit: 5, inFlight: 5 });
  });

  test("a provider that is slow by nature is measured, and is then not late", async () => {
    const state = make({ concurrency: "auto" });
    for (let call = 0; call < 30; call++) {
      const permit = await granted(state);
      await clock.advance(2_500);
      permit.answered();
      permit.release();
    }
    const late = await granted(state);
    await clock.advance(7_000);
    late.answered();
    late.release();
    expect(events.at(-1)).toMatchObject({ type: "permit-released", ending: "on-time" });
    const later = await granted(state);
    await clock.advance(9_000);
    later.answered();
    later.release();
    expect(events.at(-1)).toMatchObject({ type: "permit-released", ending: "late" });
  });

  test("the length of an answer that is read in one piece says nothing", async () => {
    const state = make({ concurrency: "auto" });
    for (const call of calls(10)) {
      const permit = await state.acquire(call, { ...request, measured: false });
      if (permit.type === "permit") {
        await clock.advance(60_000);
        permit.answered();
        permit.release();
      }
    }
    expect(events.flatMap((event) => (event.type === "permit-released" ? event.ending : []))).not.toContain("late");
    expect(limitOf(state)).toBe(20);
  });

  test("a limit that the provider states is adopted", async () => {
    const state = make({ concurrency: "auto", start: 40 });
    const held = await Promise.all(calls(30).map((call) => granted(state, call)));
    held.at(-1)?.failed(failure("overloaded", "http-429", "", { status: 429, statedConcurrency: 25 }));
    expect(limitOf(state)).toBe(25);
  });

  test("a 429 counts at once, a single 503 is noise", async () => {
    const refused = make({ concurrency: "auto" });
    (await granted(refused)).failed(failure("overloaded", "http-429", "", { status: 429 }));
    expect(limitOf(refused)).toBe(18);
    const busy = make({ concurrency: "auto" });
    (await granted(busy)).failed(failure("overloaded", "http-503", "", { status: 503 }));
    expect(limitOf(busy)).toBe(20);
  });

  test("critical calls need not wait for a limit that has just shrunk", async () => {
    const state = make({ concurrency: "auto" });
    for (const call of calls(20)) await granted(state, call);
    const standard = ask(state, { priority: 3 });
    const critical = ask(state, { priority: 0 });
    await clock.advance(0);
    expect(standard.result).toBeUndefined();
    expect(critical.result).toMatchObject({ type: "permit" });
  });

  test("a number is kept whatever happens", async () => {
    const state = make({ concurrency: 2 });
    for (let call = 0; call < 20; call++) {
      const permit = await granted(state);
      permit.failed(failure("overloaded", "http-429", "", { status: 429, statedConcurrency: 1 }));
      permit.release();
    }
    expect(limitOf(state)).toBe(2);
  });

  test("it is idle again when nothing is left to remember", async () => {
    const state = make({ concurrency: "auto" });
    expect(state.idle).toBe(true);
    const permit = await granted(state);
    expect(state.idle).toBe(false);
    permit.failed(failure("overloaded", "http-429", "", { status: 429 }));
    permit.release();
    expect(state.idle).toBe(false);
    await clock.advance(3_600_000);
    expect(state.idle).toBe(true);
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
      clock = new VirtualClock();
      const state = make({ concurrency: "auto", start: 3, maximum: 6, onEvent: undefined });
      const held: Permit[] = [];
      const callers: AbortController[] = [];
      let settled = 0;
      for (const { what, which, priority, stream, ms } of steps) {
        const permit = held[which % Math.max(1, held.length)];
        if (what === "ask") {
          const caller = new AbortController();
          callers.push(caller);
          const call = testCall({ priority, signal: caller.signal, startedAt: clock.now(), request: { stream } });
          void Promise.resolve(
            state.acquire({ ...call, deadline: clock.now() + 60_000 }, { firstTokenMs: 4_000, measured: stream }),
          ).then((result) => {
            settled++;
            if (result.type === "permit") held.push(result);
          });
        } else if (what === "answer") permit?.answered();
        else if (what === "fail") permit?.failed(failure("overloaded", "http-429", "", { status: 429 }));
        else if (what === "release") permit?.release();
        else if (what === "abort") callers[which % Math.max(1, callers.length)]?.abort();
        await clock.advance(what === "wait" ? ms : 0);
        expect(state.snapshot().inFlight).toBeLessThanOrEqual(6);
      }
      await clock.advance(10_000);
      expect(settled).toBe(callers.length);
      for (const permit of held) permit.release();
      await clock.advance(0);
      expect(state.snapshot()).toMatchObject({ inFlight: 0, waiting: { critical: 0, standard: 0, sheddable: 0 } });
      expect(clock.pendingTimers).toBe(0);
      for (const { signal } of callers) expect(getEventListeners(signal, "abort")).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("options that make no sense are refused with their value", () => {
  expect(() => make({ concurrency: 0 })).toThrow(/limit of p needs a whole minimum of at least 1 call, got 0/);
  expect(() => make({ concurrency: "auto", maximum: 2.5 })).toThrow(/got 2.5/);
});

describe("a bound from outside, where several processes share a limit", () => {
  test("nobody is sent beyond it, critical calls neither, and those who wait are sent when it grows", async () => {
    const state = make({ concurrency: 10, bound: 1 });
    const first = await granted(state);
    const standard = ask(state);
    const critical = ask(state, { priority: 0 });
    await clock.advance(10);
    expect([standard.result, critical.result]).toEqual([undefined, undefined]);
    expect(state.snapshot()).toMatchObject({ limit: 1, inFlight: 1 });
    state.bound(2);
    await clock.advance(0);
    expect([standard.result, critical.result?.type]).toEqual([undefined, "permit"]);
    state.bound(1);
    first.release();
    await clock.advance(10);
    expect(standard.result).toBeUndefined();
    state.bound(10);
    await clock.advance(0);
    expect(standard.result?.type).toBe("permit");
  });

  test("it may be nothing: then all wait", async () => {
    const state = make({ concurrency: 1, bound: 0 });
    const asked = ask(state);
    await clock.advance(100);
    expect(asked.result).toBeUndefined();
    state.bound(1);
    await clock.advance(0);
    expect(asked.result?.type).toBe("permit");
  });
});
