import { beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker } from "./breaker.ts";
import { acquire, fail, record } from "./testing/calls.ts";

let clock: VirtualClock;
let changes: string[];

beforeEach(() => {
  clock = new VirtualClock();
  changes = [];
});

const make = (options: Partial<BreakerOptions> = {}) =>
  new CircuitBreaker({ ...BREAKER_DEFAULTS, ...options }, clock, (state) => changes.push(state));

test("two of three probes close it", async () => {
  const breaker = make();
  fail(breaker, 5);
  await clock.advance(10_000);
  record(breaker, true);
  record(breaker, false);
  expect(breaker.state).toBe("half-open");
  record(breaker, true);
  expect(changes).toEqual(["open", "half-open", "closed"]);
});

test("two failed probes open it for twice as long, up to twenty seconds", async () => {
  const breaker = make();
  fail(breaker, 5);
  const spans: number[] = [];
  for (let round = 0; round < 6; round++) {
    const refusal = breaker.refusal();
    spans.push(refusal?.retryAfterMs ?? 0);
    await clock.advance(refusal?.retryAfterMs ?? 0);
    record(breaker, false);
    record(breaker, false);
  }
  expect(spans).toEqual([10_000, 20_000, 20_000, 20_000, 20_000, 20_000]);
});

test("a Retry-After longer than the open time is respected", () => {
  const breaker = make({ consecutive: 1 });
  acquire(breaker).failed("http-429", 45_000);
  expect(breaker.refusal()?.retryAfterMs).toBe(45_000);
});

describe("results that come late", () => {
  test("a success from before the trip does not close it", async () => {
    const breaker = make();
    const slow = acquire(breaker);
    fail(breaker, 5);
    slow.succeeded();
    slow.release();
    expect(breaker.state).toBe("open");
    await clock.advance(10_000);
    expect(breaker.state).toBe("half-open");
  });

  test("failures from before the trip do not spoil the probes", async () => {
    const breaker = make();
    const slow = Array.from({ length: 5 }, () => acquire(breaker));
    fail(breaker, 5);
    await clock.advance(10_000);
    expect(breaker.state).toBe("half-open");
    for (const permit of slow) {
      permit.failed("http-500");
      permit.release();
    }
    record(breaker, true);
    record(breaker, true);
    expect(breaker.state).toBe("closed");
    expect(breaker.inFlight).toBe(0);
  });
});

test("a probe that ends without a verdict gives its place to another", async () => {
  const breaker = make({ probes: 1 });
  fail(breaker, 5);
  await clock.advance(10_000);
  acquire(breaker).release();
  record(breaker, true);
  expect(breaker.state).toBe("closed");
});

test("after closing it starts slowly: one more at once with each success", async () => {
  const breaker = make();
  fail(breaker, 5);
  await clock.advance(10_000);
  record(breaker, true);
  record(breaker, true);
  const held = [acquire(breaker), acquire(breaker), acquire(breaker)];
  expect(breaker.acquire()).toMatchObject({ why: "slow-start" });
  held[0]?.succeeded();
  acquire(breaker);
  expect(breaker.acquire()).toMatchObject({ why: "slow-start" });
  for (const permit of held) permit.release();
  for (let i = 0; i < 100; i++) record(breaker, true);
  for (let i = 0; i < 200; i++) acquire(breaker);
});

test("after a minute of holding, the next trouble begins with the shortest open time, however few the calls", async () => {
  const breaker = make();
  fail(breaker, 5);
  await clock.advance(10_000);
  record(breaker, false);
  record(breaker, false);
  expect(breaker.refusal()?.retryAfterMs).toBe(20_000);
  await clock.advance(20_000);
  record(breaker, true);
  record(breaker, true);
  await clock.advance(60_000);
  for (let i = 0; i < 10; i++) acquire(breaker);
  fail(breaker, 5);
  expect(breaker.refusal()?.retryAfterMs).toBe(10_000);
});

test("what closed it begins with a clean sheet: old results do not open it again", async () => {
  const breaker = make({ consecutive: 100 });
  for (let i = 0; i < 10; i++) record(breaker, true);
  fail(breaker, 10);
  expect(breaker.state).toBe("open");
  await clock.advance(10_000);
  record(breaker, true);
  record(breaker, true);
  fail(breaker, 1);
  expect(breaker.state).toBe("closed");
});

describe("probes", () => {
  const halfOpen = async (probes: number) => {
    const breaker = make({ probes });
    fail(breaker, 5);
    await clock.advance(10_000);
    return breaker;
  };

  test("are so many in all, those that ended included", async () => {
    for (const ok of [true, false]) {
      const breaker = await halfOpen(6);
      record(breaker, ok);
      for (let i = 0; i < 5; i++) acquire(breaker);
      expect(breaker.refusal()).toEqual({ why: "probing", retryAfterMs: 1_000 });
    }
  });

  test("give one place back, once, however often they are judged", async () => {
    const breaker = await halfOpen(6);
    const probe = acquire(breaker);
    probe.succeeded();
    probe.failed("cut");
    probe.release();
    for (let i = 0; i < 4; i++) acquire(breaker);
    expect(breaker.refusal()?.why).toBe("probing");
  });
});
