import fc from "fast-check";
import { expect, test } from "vitest";
import { QuantileWindow } from "./quantile-window.ts";
import { seededRandom } from "./seeded-random.ts";

const TEN_MINUTES = 600_000;

/** The smallest value that at least this share of the values does not exceed. */
function exactQuantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}

test("nothing is known of an empty window", () => {
  expect(new QuantileWindow(TEN_MINUTES).quantile(0, 0.95)).toBeUndefined();
});

test("without given-up durations a quantile is the exact one, at most a tenth too high", () => {
  const durations = fc.array(fc.double({ min: 51, max: 1_000_000, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (values, share) => {
      const window = new QuantileWindow(TEN_MINUTES);
      for (const value of values) window.add(0, value);
      const exact = exactQuantile(values, share);
      const told = window.quantile(0, share) ?? Number.NaN;
      expect(told).toBeGreaterThanOrEqual(exact * 0.999_999);
      expect(told).toBeLessThanOrEqual(exact * 1.100_001);
    }),
  );
});

test("giving up the slow ones does not make the quantile fall", () => {
  const random = seededRandom(7);
  const whole = new QuantileWindow(TEN_MINUTES);
  const hedged = new QuantileWindow(TEN_MINUTES);
  const winners = new QuantileWindow(TEN_MINUTES);
  for (let index = 0; index < 5_000; index++) {
    const duration = 800 * Math.exp(1.2 * (random.next() + random.next() + random.next() - 1.5));
    const patience = 500 + 2_000 * random.next();
    whole.add(0, duration);
    if (duration <= patience) {
      hedged.add(0, duration);
      winners.add(0, duration);
    } else hedged.addLonger(0, patience);
  }
  const [exact = 0, estimated = 0, naive = 0] = [whole, hedged, winners].map((window) => window.quantile(0, 0.9));
  expect(estimated / exact).toBeGreaterThan(0.9);
  expect(estimated / exact).toBeLessThan(1.12);
  expect(naive).toBeLessThan(exact);
});

test("where too many were given up, the quantile is the longest wait", () => {
  const window = new QuantileWindow(TEN_MINUTES);
  for (let index = 0; index < 50; index++) window.add(0, 500);
  for (let index = 0; index < 50; index++) window.addLonger(0, 8_000);
  expect(window.quantile(0, 0.5)).toBeLessThan(560);
  expect(window.quantile(0, 0.95)).toBeGreaterThanOrEqual(8_000);
  expect(window.count(0)).toBe(100);
});

test("what is older than the window is forgotten", () => {
  const window = new QuantileWindow(TEN_MINUTES);
  window.add(0, 30_000);
  window.add(TEN_MINUTES / 2, 100);
  expect(window.count(TEN_MINUTES / 2)).toBe(2);
  expect(window.count(TEN_MINUTES)).toBe(1);
  expect(window.quantile(TEN_MINUTES, 0.99)).toBeLessThan(111);
  expect(window.count(2 * TEN_MINUTES)).toBe(0);
});

test("a window without length is refused with its value", () => {
  expect(() => new QuantileWindow(0)).toThrow(/got 0/);
});
