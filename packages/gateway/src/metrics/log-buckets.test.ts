import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BUCKETS,
  bucketOf,
  type Histogram,
  mergeHistograms,
  NO_VALUES,
  quantileOf,
  subtractHistograms,
  upperBoundMs,
} from "./log-buckets.ts";

const durations = fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { maxLength: 50 });

function histogramOf(values: readonly number[]): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  const buckets = [...counts].sort(([one], [other]) => one - other).flat();
  return { count: values.length, sum: values.reduce((sum, value) => sum + value, 0), buckets };
}

test("a value lies above the bound of the bucket before and not above its own", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
      const bucket = bucketOf(ms);
      // Bounds are exact to the rounding of a logarithm.
      expect(ms).toBeLessThanOrEqual(upperBoundMs(bucket) * (1 + 1e-8));
      if (bucket > 0) expect(ms).toBeGreaterThan(upperBoundMs(bucket - 1) * (1 - 1e-8));
    }),
  );
});

test("the bounds that OpenTelemetry advises are bounds, and values on them lie below", () => {
  for (const seconds of [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]) {
    expect(upperBoundMs(bucketOf(seconds * 1_000))).toBeCloseTo(seconds * 1_000, 9);
  }
});

test.each([Number.NaN, -1, 0])("%d lies in the first bucket", (ms) => {
  expect(bucketOf(ms)).toBe(0);
});

test("what is above all bounds lies in the last bucket", () => {
  expect([bucketOf(1e12), bucketOf(Number.POSITIVE_INFINITY)]).toEqual([BUCKETS - 1, BUCKETS - 1]);
});

describe("two histograms", () => {
  test("merged are the histogram of all values, subtracted are the rest", () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const merged = mergeHistograms(histogramOf(one), histogramOf(other));
        const all = histogramOf([...one, ...other]);
        expect(merged.buckets).toEqual(all.buckets);
        expect(merged.count).toBe(all.count);
        expect(subtractHistograms(merged, histogramOf(one)).buckets).toEqual(histogramOf(other).buckets);
      }),
    );
  });

  test("that are no parts of each other never go below zero", () => {
    expect(subtractHistograms(histogramOf([5]), histogramOf([5, 5, 90]))).toEqual(NO_VALUES);
  });
});

test("a quantile is within a fifth of the true one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = values.toSorted((one, other) => one - other);
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
        const told = quantileOf(histogramOf(values), share) ?? 0;
        expect(told / exact).toBeGreaterThan(0.8);
        expect(told / exact).toBeLessThan(1.25);
      },
    ),
  );
});

test("of nothing there is no quantile", () => {
  expect(quantileOf(NO_VALUES, 0.5)).toBeUndefined();
});
