import { expect, test } from "vitest";
import { PeakEwma } from "./peak-ewma.ts";

test("a peak counts at once, what is better only with time", () => {
  const average = new PeakEwma(10_000, 1_000);
  expect([average.value(0), average.measured]).toEqual([1_000, false]);
  average.add(0, 300);
  expect([average.value(0), average.measured]).toEqual([300, true]);
  average.add(1_000, 8_000);
  expect(average.value(1_000)).toBe(8_000);
  average.add(2_000, 300);
  expect(average.value(2_000)).toBeCloseTo(300 + 7_700 * Math.exp(-0.1), 6);
  average.add(60_000, 300);
  expect(average.value(60_000)).toBeLessThan(330);
});

test("left alone it forgets: blame and praise go back to the unknown", () => {
  const blamed = new PeakEwma(10_000, 1_000);
  blamed.add(0, 10_000);
  expect(blamed.value(10_000)).toBeCloseTo(1_000 + 9_000 / Math.E, 6);
  expect(blamed.value(100_000)).toBeCloseTo(1_000, 0);
  const praised = new PeakEwma(10_000, 1_000);
  praised.add(0, 100);
  expect(praised.value(100_000)).toBeCloseTo(1_000, 0);
});

test("a fading time that is not positive is refused with its value", () => {
  expect(() => new PeakEwma(0, 1_000)).toThrow(/got 0/);
});
