import { expect, test } from "vitest";
import { LoadCurve } from "./load-curve.ts";
import { seededRandom } from "./seeded-random.ts";

const SHAPE = { most: 240, ageMs: 240_000, least: 10, slower: 0.05, doubt: 0.5, mostTimes: 5, room: 0.15, step: 0.1 };

/** Calls with from `from` to `to` at once at a provider that bears `slots`; more than that wait for a place. */
function measured({ from = 1, to = 16, slots = 12, calls = 240, slowBy = 0 } = {}) {
  const random = seededRandom(7);
  const curve = new LoadCurve(SHAPE);
  for (let call = 0; call < calls; call++) {
    const atOnce = from + Math.floor(random.next() * (to - from + 1));
    // As spread as first tokens are: from half to twice.
    const times = 2 ** (2 * random.next() - 1) * (1 + slowBy) + 0.4 * Math.max(0, atOnce - slots);
    curve.add(atOnce, times, call * 100);
  }
  return curve.knee(calls * 100);
}

test("the knee is near where calls begin to wait, and rather before it", () => {
  expect(measured()).toBeGreaterThanOrEqual(7);
  expect(measured()).toBeLessThanOrEqual(13);
  expect(measured({ slots: 6, to: 10 })).toBeGreaterThanOrEqual(2);
  expect(measured({ slots: 6, to: 10 })).toBeLessThanOrEqual(8);
});

test("a provider that is slow whatever the load has no knee there", () => {
  expect(measured({ to: 8, slowBy: 2 })).toBeGreaterThanOrEqual(8);
});

test("where nothing was slow, a little more than was seen may be tried", () => {
  expect(measured({ to: 8 })).toBe(9);
  expect(measured({ from: 40, to: 60, slots: 100 })).toBeCloseTo(66, 0);
});

test("too few calls, and calls of long ago, tell nothing", () => {
  expect(measured({ calls: 19 })).toBeUndefined();
  const curve = new LoadCurve(SHAPE);
  for (let call = 0; call < 100; call++) curve.add(call % 10, 1, call);
  expect(curve.knee(1_000)).toBeDefined();
  expect(curve.knee(300_000)).toBeUndefined();
});

test("one call that is stuck is no load", () => {
  const curve = new LoadCurve(SHAPE);
  for (let call = 0; call < 200; call++) curve.add(1 + (call % 10), call === 199 ? 1_000 : 1, call);
  expect(curve.knee(200)).toBeGreaterThanOrEqual(7);
});
