import { expect, test } from "vitest";
import { mean, quantile } from "../report/quantile.ts";
import { CONVERSATION_ARRIVALS } from "./arrival.ts";
import { diurnalFactor } from "./diurnal.ts";
import { generateArrivals } from "./generate-arrivals.ts";
import { readTrace, TraceError } from "./read-trace.ts";

const HOUR = 3_600_000;

test("the generator has the figures of the trace that it is fitted to", () => {
  const arrivals = generateArrivals(CONVERSATION_ARRIVALS, HOUR, 1);
  const gaps = arrivals.slice(1).map(({ atMs }, index) => atMs - (arrivals[index]?.atMs ?? 0));
  const average = mean(gaps);
  const variation = Math.sqrt(mean(gaps.map((gap) => (gap - average) ** 2))) / average;
  expect(arrivals.length / 3_600).toBeCloseTo(5.53, 0);
  expect(variation).toBeGreaterThan(1.05);
  expect(variation).toBeLessThan(1.15);
  const outputs = arrivals.map(({ outputTokens }) => outputTokens);
  expect(quantile(outputs, 0.5) / 129).toBeCloseTo(1, 1);
  expect(quantile(outputs, 0.95) / 451).toBeCloseTo(1, 1);
});

test("a spike multiplies the rate while it lasts", () => {
  const spikes = [{ fromMs: HOUR / 2, toMs: HOUR, times: 4 }];
  const arrivals = generateArrivals({ ...CONVERSATION_ARRIVALS, spikes }, HOUR, 1);
  const before = arrivals.filter(({ atMs }) => atMs < HOUR / 2).length;
  expect((arrivals.length - before) / before).toBeCloseTo(4, 0);
});

test("bursty arrivals have the variation that was asked for", () => {
  const arrivals = generateArrivals({ ...CONVERSATION_ARRIVALS, gapVariation: 4 }, 10 * HOUR, 1);
  const gaps = arrivals.slice(1).map(({ atMs }, index) => atMs - (arrivals[index]?.atMs ?? 0));
  const average = mean(gaps);
  expect(Math.sqrt(mean(gaps.map((gap) => (gap - average) ** 2))) / average).toBeGreaterThan(3);
});

test("a day has its peaks in Beijing's working hours, and the mean of its plan", () => {
  const hours = Array.from({ length: 24 }, (_, hour) => diurnalFactor(hour * HOUR, 0));
  expect(mean(hours)).toBeCloseTo(1, 6);
  expect(hours.indexOf(Math.max(...hours))).toBe(10);
  expect(diurnalFactor(2 * HOUR, 8)).toBeCloseTo(diurnalFactor(10 * HOUR, 0), 9);
  expect(diurnalFactor(3 * HOUR, 0)).toBeLessThan(0.3);
});

test("the same seed gives the same arrivals, another one others", () => {
  const times = (seed: number) => generateArrivals(CONVERSATION_ARRIVALS, 60_000, seed).map(({ atMs }) => atMs);
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
});

test("a trace counts from its first row", () => {
  const text =
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n";
  expect(readTrace(text)).toEqual([
    { atMs: 0, promptTokens: 374, outputTokens: 44 },
    { atMs: expect.closeTo(4314.579, 2), promptTokens: 396, outputTokens: 109 },
  ]);
});

test.each([
  ["a,b\n1,2", "Line 1"],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,374", "Line 2"],
  ["TIMESTAMP,ContextTokens,GeneratedTokens\n", "no requests"],
])("a trace that is none is refused with its place: %j", (text, place) => {
  expect(() => readTrace(text)).toThrow(TraceError);
  expect(() => readTrace(text)).toThrow(place);
});
