import { beforeEach, describe, expect, test } from "vitest";
import { failure } from "../../failure.ts";
import type { LimitState } from "./limit-state.ts";
import { calls, granted, LimitHarness, request } from "./testing/limit-harness.ts";

let at: LimitHarness;

beforeEach(() => {
  at = new LimitHarness();
});

describe("learning", () => {
  const limitOf = (state: LimitState) => state.snapshot().limit;

  test("late is counted when it is late, without waiting for the token", async () => {
    const state = at.make({ concurrency: "auto" });
    for (const call of calls(20)) await state.acquire(call, { firstTokenMs: 8_000, measured: true });
    await at.clock.advance(3_999);
    expect(limitOf(state)).toBe(20);
    await at.clock.advance(1);
    expect(limitOf(state)).toBe(18);
  });

  test("first tokens that come in time make room, also for those who wait", async () => {
    const state = at.make({ concurrency: "auto", start: 4 });
    const held = await Promise.all(calls(4).map((call) => granted(state, call)));
    const waiting = at.ask(state);
    held[3]?.answered();
    await at.clock.advance(0);
    expect(waiting.result).toMatchObject({ type: "permit" });
    expect(at.events.at(-1)).toMatchObject({ type: "limit-changed", limit: 5, inFlight: 5 });
  });

  test("a provider that is slow by nature is measured, and is then not late", async () => {
    const state = at.make({ concurrency: "auto" });
    for (let call = 0; call < 30; call++) {
      const permit = await granted(state);
      await at.clock.advance(2_500);
      permit.answered();
      permit.release();
    }
    const late = await granted(state);
    await at.clock.advance(7_000);
    late.answered();
    late.release();
    expect(at.events.at(-1)).toMatchObject({ type: "permit-released", ending: "on-time" });
    const later = await granted(state);
    await at.clock.advance(9_000);
    later.answered();
    later.release();
    expect(at.events.at(-1)).toMatchObject({ type: "permit-released", ending: "late" });
  });

  test("the length of an answer that is read in one piece says nothing", async () => {
    const state = at.make({ concurrency: "auto" });
    for (const call of calls(10)) {
      const permit = await state.acquire(call, { ...request, measured: false });
      if (permit.type === "permit") {
        await at.clock.advance(60_000);
        permit.answered();
        permit.release();
      }
    }
    expect(at.events.flatMap((event) => (event.type === "permit-released" ? event.ending : []))).not.toContain("late");
    expect(limitOf(state)).toBe(20);
  });

  test("a limit that the provider states is adopted", async () => {
    const state = at.make({ concurrency: "auto", start: 40 });
    const held = await Promise.all(calls(30).map((call) => granted(state, call)));
    held.at(-1)?.failed(failure("overloaded", "http-429", "", { status: 429, statedConcurrency: 25 }));
    expect(limitOf(state)).toBe(25);
  });

  test("a 429 counts at once, a single 503 is noise", async () => {
    const refused = at.make({ concurrency: "auto" });
    (await granted(refused)).failed(failure("overloaded", "http-429", "", { status: 429 }));
    expect(limitOf(refused)).toBe(18);
    const busy = at.make({ concurrency: "auto" });
    (await granted(busy)).failed(failure("overloaded", "http-503", "", { status: 503 }));
    expect(limitOf(busy)).toBe(20);
  });

  test("critical calls need not wait for a limit that has just shrunk", async () => {
    const state = at.make({ concurrency: "auto" });
    for (const call of calls(20)) await granted(state, call);
    const standard = at.ask(state, { priority: 3 });
    const critical = at.ask(state, { priority: 0 });
    await at.clock.advance(0);
    expect(standard.result).toBeUndefined();
    expect(critical.result).toMatchObject({ type: "permit" });
  });

  test("a number is kept whatever happens", async () => {
    const state = at.make({ concurrency: 2 });
    for (let call = 0; call < 20; call++) {
      const permit = await granted(state);
      permit.failed(failure("overloaded", "http-429", "", { status: 429, statedConcurrency: 1 }));
      permit.release();
    }
    expect(limitOf(state)).toBe(2);
  });

  test("it is idle again when nothing is left to remember", async () => {
    const state = at.make({ concurrency: "auto" });
    expect(state.idle).toBe(true);
    const permit = await granted(state);
    expect(state.idle).toBe(false);
    permit.failed(failure("overloaded", "http-429", "", { status: 429 }));
    permit.release();
    expect(state.idle).toBe(false);
    await at.clock.advance(3_600_000);
    expect(state.idle).toBe(true);
  });
});
