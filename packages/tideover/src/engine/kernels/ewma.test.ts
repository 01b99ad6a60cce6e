import { expect, test } from "vitest";
import { Ewma, FadingRate } from "./ewma.ts";

test("the first samples count alike, later ones fade the old", () => {
  const average = new Ewma(0.1);
  expect(average.value).toBeUndefined();
  for (const sample of [10, 20, 30]) average.add(sample);
  expect(average.value).toBeCloseTo(20);
  for (let i = 0; i < 200; i++) average.add(5);
  expect(average.value).toBeCloseTo(5, 3);
  expect(average.count).toBe(203);
});

test("a weight outside (0, 1] is refused with its value", () => {
  expect(() => new Ewma(0)).toThrow(/got 0/);
  expect(() => new Ewma(1.1)).toThrow(/got 1.1/);
});

test("a steady rate is right from the second event on", () => {
  const rate = new FadingRate(30_000);
  expect(rate.perMs(0)).toBeUndefined();
  rate.add(1_000);
  expect(rate.perMs(1_500)).toBeUndefined();
  for (let at = 1_500; at <= 120_000; at += 500) {
    rate.add(at);
    expect(rate.perMs(at)).toBeGreaterThan(0.0019);
    expect(rate.perMs(at)).toBeLessThan(0.0023);
  }
});

test("a rate fades while nothing happens, and is then unknown", () => {
  const rate = new FadingRate(10_000);
  for (let at = 0; at < 60_000; at += 1_000) rate.add(at);
  const before = rate.perMs(60_000) ?? 0;
  expect(rate.perMs(70_000) ?? 0).toBeLessThan(before / 2);
  expect(rate.perMs(600_000)).toBeUndefined();
});

test("the ends of what makes sense", () => {
  expect(new Ewma(1).count).toBe(0);
  expect(() => new FadingRate(0)).toThrow("A rate needs a fading time > 0 ms, got 0");
  expect(() => new FadingRate(Number.NaN)).toThrow(/got NaN/);
});
