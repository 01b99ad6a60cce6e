import fc from "fast-check";
import { expect, test } from "vitest";
import { atLeastRetryAfter, type Backoff, backoffDelay, type Jitter } from "./backoff.ts";
import { seededRandom } from "./seeded-random.ts";

const delays = (backoff: Backoff, count: number, seed = 1) => {
  const random = seededRandom(seed);
  let previous = 0;
  return Array.from({ length: count }, (_, index) => {
    previous = backoffDelay(backoff, index + 1, previous, random);
    return previous;
  });
};

test("the classic recipe: 1, 2, 4, 8, 16 and then 30 s, each within 10%", () => {
  const classic = delays({ baseDelayMs: 1_000, maxDelayMs: 30_000, jitter: 0.1 }, 6);
  [1_000, 2_000, 4_000, 8_000, 16_000, 30_000].forEach((nominal, index) => {
    expect(classic[index]).toBeGreaterThanOrEqual(nominal * 0.9);
    expect(classic[index]).toBeLessThanOrEqual(nominal * 1.1);
    expect(classic[index]).not.toBe(nominal);
  });
});

test("without jitter the delays double up to the cap", () => {
  expect(delays({ baseDelayMs: 500, maxDelayMs: 3_000, jitter: "none" }, 4)).toEqual([500, 1_000, 2_000, 3_000]);
});

test("every jitter stays within its bounds", () => {
  const jitter = fc.constantFrom<Jitter>("full", "decorrelated", 0.1, 0.5);
  fc.assert(
    fc.property(fc.integer(), jitter, (seed, kind) => {
      const series = delays({ baseDelayMs: 100, maxDelayMs: 2_000, jitter: kind }, 8, seed);
      series.forEach((delay, index) => {
        const exponential = Math.min(2_000, 100 * 2 ** index);
        const lowest = kind === "full" ? 0 : typeof kind === "string" ? 100 : exponential * (1 - kind);
        const highest = kind === "full" ? exponential : typeof kind === "string" ? 2_000 : exponential * (1 + kind);
        expect(delay).toBeGreaterThanOrEqual(lowest);
        expect(delay).toBeLessThanOrEqual(highest);
      });
    }),
  );
});

test("full jitter really spreads: the mean is near half of the delay", () => {
  const random = seededRandom(7);
  const backoff: Backoff = { baseDelayMs: 1_000, maxDelayMs: 1_000, jitter: "full" };
  let sum = 0;
  for (let draw = 0; draw < 2_000; draw++) sum += backoffDelay(backoff, 1, 0, random);
  const mean = sum / 2_000;
  expect(mean).toBeGreaterThan(450);
  expect(mean).toBeLessThan(550);
});

test("a Retry-After is a floor, spread up to 25% above, and never shortens a delay", () => {
  const random = seededRandom(3);
  const waits = Array.from({ length: 200 }, () => atLeastRetryAfter(100, 2_000, random));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(2_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_500);
  expect(new Set(waits).size).toBeGreaterThan(100);
  expect(atLeastRetryAfter(9_000, 2_000, random)).toBe(9_000);
  expect(atLeastRetryAfter(100, undefined, random)).toBe(100);
});

test("decorrelated jitter spreads between the base and three times the delay before", () => {
  const backoff: Backoff = { baseDelayMs: 100, maxDelayMs: 10_000, jitter: "decorrelated" };
  const at = (drawn: number, previousMs: number) => backoffDelay(backoff, 2, previousMs, { next: () => drawn });
  expect(at(0, 1_000)).toBe(100);
  expect(at(0.5, 1_000)).toBe(1_550);
  expect(at(1, 1_000)).toBe(3_000);
  expect(at(1, 0)).toBe(300);
  expect(at(1, 9_000)).toBe(10_000);
  expect(backoffDelay({ ...backoff, maxDelayMs: 50 }, 1, 0, { next: () => 1 })).toBe(100);
});
