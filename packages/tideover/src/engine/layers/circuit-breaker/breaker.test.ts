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

test("five failures in a row open it; it lets nothing through for 30 s and then three probes", async () => {
  const breaker = make({ openMs: 30_000 });
  fail(breaker, 4);
  expect(breaker.state).toBe("closed");
  fail(breaker, 1);
  expect(breaker.acquire()).toEqual({ why: "open", retryAfterMs: 30_000 });
  await clock.advance(29_999);
  expect(breaker.refusal()?.why).toBe("open");
  await clock.advance(1);
  expect(breaker.state).toBe("half-open");
  for (let i = 0; i < 3; i++) acquire(breaker);
  expect(breaker.acquire()).toMatchObject({ why: "probing" });
});

test("a success in between starts the row anew", () => {
  const breaker = make();
  fail(breaker, 4);
  record(breaker, true);
  fail(breaker, 4);
  expect(breaker.state).toBe("closed");
});

test("where a share of the calls fails anyway, it takes a longer row than chance makes", () => {
  const breaker = make();
  for (let i = 0; i < 10; i++) {
    fail(breaker, 1);
    for (let well = 0; well < 4; well++) record(breaker, true);
  }
  // One in five fails: ten in a row come about once in ten million calls.
  fail(breaker, 10);
  expect(breaker.state).toBe("closed");
  fail(breaker, 1);
  expect(breaker.state).toBe("open");
  const plain = make({ minimum: Number.POSITIVE_INFINITY });
  record(plain, false);
  record(plain, true);
  fail(plain, 5);
  expect(plain.state).toBe("open");
});

test("half of at least ten results open it", () => {
  const breaker = make({ consecutive: 100 });
  for (let i = 0; i < 4; i++) {
    record(breaker, true);
    record(breaker, false);
  }
  expect(breaker.state).toBe("closed");
  record(breaker, true);
  record(breaker, false);
  expect(breaker.state).toBe("open");
});

test("results older than the window do not count, even after an idle hour", async () => {
  const breaker = make({ consecutive: 100 });
  for (let i = 0; i < 20; i++) record(breaker, true);
  fail(breaker, 9);
  await clock.advance(3_600_000);
  record(breaker, true);
  fail(breaker, 1);
  expect(breaker.state).toBe("closed");
});

test("releasing twice counts once", () => {
  const breaker = make();
  const permit = acquire(breaker);
  permit.release();
  permit.release();
  expect(breaker.inFlight).toBe(0);
});

test("options that make no sense are refused with their value", () => {
  expect(() => make({ ratio: 1.5 })).toThrow(/ratio <= 1, got 1.5/);
  expect(() => make({ consecutive: 0 })).toThrow(/consecutive > 0, got 0/);
});

test("every change is told with its reason", async () => {
  const told: string[] = [];
  const breaker = new CircuitBreaker(BREAKER_DEFAULTS, clock, (state, reason) => told.push(`${state}: ${reason}`));
  fail(breaker, 5);
  await clock.advance(10_000);
  record(breaker, false);
  record(breaker, false);
  await clock.advance(20_000);
  record(breaker, true);
  record(breaker, true);
  for (let i = 0; i < 5; i++) record(breaker, true);
  fail(breaker, 4);
  record(breaker, true);
  fail(breaker, 2);
  expect(told).toEqual([
    "open: 5 failures in a row: http-500",
    "half-open: open time is over",
    "open: probes failed: http-500",
    "half-open: open time is over",
    "closed: probes succeeded",
    "open: 6 of 12 calls failed: http-500",
  ]);
});

test("idle is a closed breaker without calls under way and without a row of failures", async () => {
  const breaker = make();
  expect(breaker.idle).toBe(true);
  const permit = acquire(breaker);
  expect(breaker.idle).toBe(false);
  permit.failed("http-500");
  permit.release();
  expect(breaker.idle).toBe(false);
  record(breaker, true);
  expect(breaker.idle).toBe(true);
  fail(breaker, 5);
  expect(breaker.idle).toBe(false);
  await clock.advance(10_000);
  expect(breaker.idle).toBe(false);
});

test("results count for the window and no longer", async () => {
  const count = async (afterMs: number) => {
    const breaker = make({ consecutive: 100, windowMs: 60_000 });
    for (let i = 0; i < 10; i++) record(breaker, true);
    fail(breaker, 9);
    await clock.advance(afterMs);
    fail(breaker, 1);
    return breaker.state;
  };
  expect(await count(30_000)).toBe("open");
  expect(await count(66_000)).toBe("closed");
});

test("a call that breaks after its success counts once more, as a failure, and keeps no place", () => {
  const breaker = make({ consecutive: 1 });
  const permit = acquire(breaker);
  permit.succeeded();
  permit.failed("cut");
  expect(breaker.state).toBe("open");
  permit.release();
  expect(breaker.inFlight).toBe(0);
});

test.each([
  [{ ratio: 1 }, undefined],
  [{ ratio: 0 }, /0 < ratio/],
  [{ ratio: -1 }, /got -1/],
])("a ratio in %j is judged", (options, problem) => {
  if (problem === undefined) expect(() => make(options)).not.toThrow();
  else expect(() => make(options)).toThrow(problem);
});

describe("what another process has found out", () => {
  test("opens it for the time that is left there, and then it sends its own probes", async () => {
    const breaker = make({ openMs: 30_000 });
    breaker.follow({ state: "open", openForMs: 12_000 });
    expect(breaker.acquire()).toEqual({ why: "open", retryAfterMs: 12_000 });
    await clock.advance(12_000);
    expect(breaker.state).toBe("half-open");
    expect(changes).toEqual(["open", "half-open"]);
  });

  test("prolongs an open time, never shortens it", () => {
    const breaker = make({ openMs: 30_000 });
    fail(breaker, 5);
    breaker.follow({ state: "open", openForMs: 1_000 });
    expect(breaker.refusal()?.retryAfterMs).toBe(30_000);
    breaker.follow({ state: "open", openForMs: 40_000 });
    expect(breaker.refusal()?.retryAfterMs).toBe(40_000);
    expect(changes).toEqual(["open"]);
  });

  test("closes it with a slow start; a closed one stays as it is", () => {
    const breaker = make({ openMs: 30_000, probes: 3 });
    breaker.follow({ state: "closed" });
    expect(changes).toEqual([]);
    fail(breaker, 5);
    breaker.follow({ state: "closed" });
    for (let count = 0; count < 3; count++) acquire(breaker);
    expect(breaker.acquire()).toMatchObject({ why: "slow-start" });
  });
});
