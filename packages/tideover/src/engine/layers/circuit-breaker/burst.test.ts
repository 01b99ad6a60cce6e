import { beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../../testing/index.ts";
import { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker } from "./breaker.ts";
import { acquire } from "./testing/calls.ts";

// A provider refuses in milliseconds what it would answer in seconds: of a burst, the failures are told first.

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

const make = (options: Partial<BreakerOptions> = {}) =>
  new CircuitBreaker({ ...BREAKER_DEFAULTS, ...options }, clock, () => {});

/** So many calls that begin at once. */
const burst = (breaker: CircuitBreaker, calls: number) => Array.from({ length: calls }, () => acquire(breaker));

/** One call after the other, each with its first content after so long. */
async function goWell(breaker: CircuitBreaker, calls: number, tookMs: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const permit = acquire(breaker);
    await clock.advance(tookMs);
    permit.succeeded();
    permit.release();
  }
}

function fail(permits: readonly ReturnType<typeof acquire>[]): void {
  for (const permit of permits) {
    permit.failed("http-500");
    permit.release();
  }
}

test.each([
  ["of a provider that is known", 10],
  ["at the very start", 0],
])("the first failures of a burst %s are no row while the others are under way", async (_when, before) => {
  const breaker = make();
  await goWell(breaker, before, 1_000);
  const permits = burst(breaker, 200);
  await clock.advance(50);
  fail(permits.slice(0, 15));
  expect(breaker.state).toBe("closed");
  await clock.advance(950);
  for (const permit of permits.slice(15)) permit.succeeded();
  fail(burst(breaker, 4));
  expect(breaker.state).toBe("closed");
});

test("a burst that fails as a whole opens it halfway", async () => {
  const breaker = make();
  await goWell(breaker, 10, 1_000);
  const permits = burst(breaker, 200);
  await clock.advance(50);
  fail(permits.slice(0, 99));
  expect(breaker.state).toBe("closed");
  fail(permits.slice(99, 101));
  expect(breaker.state).toBe("open");
});

test("what has piled up while a provider paused is a burst, wherever in it the first failure stands", async () => {
  const breaker = make();
  await goWell(breaker, 100, 100);
  const permits: ReturnType<typeof acquire>[] = [];
  for (let call = 0; call < 100; call++) {
    permits.push(acquire(breaker));
    await clock.advance(2);
  }
  fail(permits.slice(-10));
  expect(breaker.state).toBe("closed");
});

test("one that refuses at once whatever is new, while as many as usual hang, is found out after five", async () => {
  const breaker = make();
  const underWay = burst(breaker, 100);
  for (let call = 0; call < 300; call++) {
    underWay.push(acquire(breaker));
    await clock.advance(10);
    underWay.shift()?.succeeded();
  }
  for (let call = 0; call < 5; call++) fail(burst(breaker, 1));
  expect(breaker.state).toBe("open");
});

test.each([
  ["one that hangs", 10],
  ["one that has never answered", 0],
])("%s is found out by the fifth call that runs out of time, however many wait", async (_who, before) => {
  const breaker = make();
  await goWell(breaker, before, 1_000);
  const permits = burst(breaker, 5);
  await clock.advance(5_000);
  burst(breaker, 100);
  await clock.advance(15_000);
  fail(permits);
  expect(breaker.state).toBe("open");
});

test("answers that break off while others begin are a row of five", async () => {
  const breaker = make();
  const permits = burst(breaker, 5);
  for (const permit of permits) permit.succeeded();
  await clock.advance(100);
  burst(breaker, 100);
  fail(permits);
  expect(breaker.state).toBe("open");
});

test("with `ratio: off` five are five, as in the classic recipe", async () => {
  const breaker = make({ ratio: 1, minimum: Number.POSITIVE_INFINITY });
  await goWell(breaker, 10, 1_000);
  fail(burst(breaker, 200).slice(0, 5));
  expect(breaker.state).toBe("open");
});
