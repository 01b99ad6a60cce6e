import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, test } from "vitest";
import { testCall } from "../../../testing/index.ts";
import { type Failure, failure } from "../../failure.ts";
import { QUEUE_CAPACITY } from "./defaults.ts";
import { calls, granted, LimitHarness, request } from "./testing/limit-harness.ts";

let at: LimitHarness;

beforeEach(() => {
  at = new LimitHarness();
});

describe("waiting", () => {
  test("who waits is served when a permit comes free, and says how long it waited", async () => {
    const state = at.make();
    const held = await granted(state);
    const waiting = at.ask(state);
    await at.clock.advance(700);
    expect(state.snapshot()).toMatchObject({ inFlight: 1, waiting: { standard: 1 } });
    held.release();
    await at.clock.advance(0);
    expect(waiting).toMatchObject({ at: 700, result: { type: "permit" } });
    expect(at.events.at(-1)).toMatchObject({ type: "permit-granted", waitedMs: 700 });
  });

  test.each([
    ["a streamed critical call", 0, true, 2_000],
    ["a streamed standard call", 3, true, 2_000],
    ["an unstreamed standard call", 3, false, 10_000],
    ["a sheddable call", 5, false, 2_000],
    ["a background call", 7, false, 0],
  ])("%s waits no longer than it may", async (_, priority, stream, mostMs) => {
    const state = at.make();
    await granted(state);
    const waiting = at.ask(state, { priority, request: { stream } });
    await at.clock.advance(20_000);
    expect(waiting).toMatchObject({ at: mostMs, result: { reason: "limit-reached" } });
    expect(state.snapshot().waiting).toEqual({ critical: 0, standard: 0, sheddable: 0, background: 0 });
    expect(at.clock.pendingTimers).toBe(0);
  });

  test("nobody waits into the time that the provider needs for a first token", async () => {
    const state = at.make();
    await granted(state);
    const waiting = at.ask(state, { deadline: 1_600 });
    const hopeless = at.ask(state, { deadline: 1_000 });
    await at.clock.advance(5_000);
    expect(waiting.at).toBe(600);
    expect(hopeless.at).toBe(0);
  });

  test("the important come first, and within a class who came first", async () => {
    const state = at.make();
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
      await at.clock.advance(1);
    }
    expect(order).toEqual(["critical", "standard", "second", "sheddable"]);
  });

  test("an aborted call leaves at once, without a trace", async () => {
    const state = at.make();
    await granted(state);
    const caller = new AbortController();
    const waiting = at.ask(state, { signal: caller.signal });
    await at.clock.advance(100);
    caller.abort(failure("cancelled", "caller-gone", "Gone."));
    await at.clock.advance(0);
    expect(waiting).toMatchObject({ at: 100, result: { kind: "cancelled" } });
    expect(state.snapshot().waiting.standard).toBe(0);
    expect(at.clock.pendingTimers).toBe(0);
    expect(getEventListeners(caller.signal, "abort")).toEqual([]);
  });

  test("a call that has been aborted before takes no permit", async () => {
    const state = at.make();
    const signal = AbortSignal.abort(failure("cancelled", "caller-gone", "Gone."));
    expect(await state.acquire(testCall({ signal }), request)).toMatchObject({ kind: "cancelled" });
    expect(state.snapshot().inFlight).toBe(0);
  });

  test("a full queue refuses newcomers, but the less important make room for the more important", async () => {
    const state = at.make();
    await granted(state);
    const first = at.ask(state, { priority: 5 });
    for (const call of calls(QUEUE_CAPACITY - 1, { priority: 5 })) void state.acquire(call, request);
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ reason: "queue-full" });
    const critical = at.ask(state, { priority: 0 });
    await at.clock.advance(0);
    expect(first.result).toMatchObject({ reason: "queue-full" });
    expect(critical.result).toBeUndefined();
    expect(state.snapshot().waiting).toMatchObject({ critical: 1, sheddable: QUEUE_CAPACITY - 1 });
  });

  test("a burst is served in its order; once somebody has waited for half a second the newest come first", async () => {
    const state = at.make();
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
      await at.clock.advance(arrival < 4 ? 100 : 250);
      if (arrival === 1 || arrival % 4 === 3) held.release();
      await at.clock.advance(0);
    }
    expect(served.slice(0, 4)).toEqual([0, 1, 7, 11]);
    expect(served.at(-1)).toBe(59);
    expect(state.snapshot()).toMatchObject({ underPressure: true });
  });

  test("under pressure what nobody waits for is refused to nobody", async () => {
    const state = at.make({ concurrency: 2 });
    const held = [await granted(state), await granted(state)];
    for (let arrival = 0; arrival < 120; arrival++) {
      void state.acquire(testCall({ priority: 1 }), request);
      await at.clock.advance(250);
    }
    expect(state.snapshot()).toMatchObject({ underPressure: true });
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ reason: "shed" });
    await at.clock.advance(2_000);
    for (const permit of held) permit.release();
    expect(state.snapshot().admissionLevel).toBeLessThan(3);
    expect(await state.acquire(testCall({ priority: 5 }), request)).toMatchObject({ type: "permit" });
  });

  test("an unstreamed call does not begin a wait that is bound to be in vain", async () => {
    const state = at.make();
    for (let turn = 0; turn < 5; turn++) {
      const permit = await granted(state);
      await at.clock.advance(15_000);
      permit.release();
    }
    await granted(state);
    const refused = at.ask(state, { request: { stream: false } });
    await at.clock.advance(0);
    expect(refused.result).toMatchObject({ reason: "limit-reached" });
    const retryAfterMs = (refused.result as Failure).retryAfterMs ?? 0;
    expect(retryAfterMs).toBeGreaterThan(10_000);
    expect(retryAfterMs).toBeLessThan(20_000);
  });
});
