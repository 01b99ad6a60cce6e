import { expect, test } from "vitest";
import { findPreset } from "./catalogue/index.ts";
import { definePreset } from "./catalogue/preset.ts";
import { costOf, priceAt, ratesFor } from "./pricing.ts";

const deepseek = findPreset("deepseek") ?? definePreset({ preset: "none", title: "none", apiKeyEnvironment: [] });
const peakAt = (time: string, model = "deepseek-flash") => priceAt(deepseek, model, Date.parse(time))?.peak;

test.each([
  // Monday.
  ["2026-11-23T00:59:59.999Z", false],
  ["2026-11-23T01:00:00Z", true],
  ["2026-11-23T03:59:59.999Z", true],
  ["2026-11-23T04:00:00Z", false],
  ["2026-11-23T05:59:59.999Z", false],
  ["2026-11-23T06:00:00Z", true],
  ["2026-11-23T09:59:59.999Z", true],
  ["2026-11-23T10:00:00Z", false],
  ["2026-11-23T20:00:00Z", false],
  // Friday, Saturday, Sunday.
  ["2026-11-27T08:00:00Z", true],
  ["2026-11-28T08:00:00Z", false],
  ["2026-11-29T08:00:00Z", false],
  // National Day, and the working day after the holidays.
  ["2026-10-01T08:00:00Z", false],
  ["2026-10-08T08:00:00Z", true],
])("at %s peak is %s", (time, peak) => {
  expect(peakAt(time)).toBe(peak);
});

test("the flash model costs half outside the peak", () => {
  expect(priceAt(deepseek, "deepseek-flash", Date.parse("2026-11-23T02:00:00Z"))).toEqual({
    cacheHit: 0.006,
    input: 0.3,
    output: 1.2,
    peak: true,
  });
  expect(priceAt(deepseek, "deepseek-chat", Date.parse("2026-11-23T12:00:00Z"))).toEqual({
    cacheHit: 0.003,
    input: 0.15,
    output: 0.6,
    peak: false,
  });
});

test("a model without a known price has none, rather than a wrong one", () => {
  expect(peakAt("2026-11-23T02:00:00Z", "someone-elses-model")).toBeUndefined();
});

const PEAK = Date.parse("2026-11-23T02:00:00Z");

test("what a person says of a price comes before the catalogue, by name and then for all others", () => {
  const prices = { "deepseek-flash": { input: 9, output: 8, cacheHit: 7 }, "*": { input: 2, output: 3 } };
  expect(ratesFor({ preset: deepseek, prices }, "deepseek-flash", PEAK)).toEqual({ input: 9, output: 8, cacheHit: 7 });
  expect(ratesFor({ preset: deepseek, prices }, "another", PEAK)).toEqual({ input: 2, output: 3, cacheHit: 2 });
  expect(ratesFor({ preset: deepseek, prices: {} }, "deepseek-flash", PEAK)).toMatchObject({ input: 0.3, peak: true });
  expect(ratesFor({ preset: deepseek, prices: {} }, "another", PEAK)).toBeUndefined();
});

test("one's own servers cost nothing, unless one says so", () => {
  const preset = findPreset("ollama") ?? deepseek;
  expect(ratesFor({ preset, prices: {} }, "any", PEAK)).toEqual({ input: 0, output: 0, cacheHit: 0 });
  expect(ratesFor({ preset, prices: { "*": { input: 1, output: 1 } } }, "any", PEAK)).toMatchObject({ input: 1 });
});

test("a cost counts cached prompt tokens at their own price, and never more of them than there are", () => {
  const rates = { cacheHit: 1, input: 10, output: 100 };
  expect(costOf(rates, { promptTokens: 1_000_000, completionTokens: 500_000 })).toBe(60);
  expect(costOf(rates, { promptTokens: 1_000_000, completionTokens: 0, cachedPromptTokens: 600_000 })).toBeCloseTo(4.6);
  expect(costOf(rates, { promptTokens: 1_000_000, completionTokens: 0, cachedPromptTokens: 2_000_000 })).toBe(1);
});
