import { seededRandom } from "tideover/engine";
import { expect, test } from "vitest";
import { generateTrace } from "./generate-trace.ts";
import type { TraceEntry } from "./trace.ts";

function sample(seed: number, count: number): TraceEntry[] {
  const trace = generateTrace(seededRandom(seed));
  return Array.from({ length: count }, () => trace.next().value);
}

test("has the figures of the recorded trace", () => {
  const entries = sample(7, 60_000);
  const gaps = entries.slice(1).map((entry, index) => entry.atMs - (entries[index]?.atMs ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(1_000 / mean).toBeCloseTo(5.5, 0);
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1.1, 1);
  const quantile = (values: number[], share: number) => values.toSorted((a, b) => a - b)[values.length * share] ?? 0;
  const prompts = entries.map(({ promptTokens }) => promptTokens);
  const outputs = entries.map(({ outputTokens }) => outputTokens);
  expect(quantile(prompts, 0.5) / 1_020).toBeCloseTo(1, 1);
  expect(quantile(prompts, 0.95) / 4_083).toBeCloseTo(1, 1);
  expect(quantile(outputs, 0.5) / 129).toBeCloseTo(1, 1);
  expect(quantile(outputs, 0.95) / 451).toBeCloseTo(1, 1);
  const within = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  expect(prompts.every((value) => within(value, 14_050))).toBe(true);
  expect(outputs.every((value) => within(value, 1_000))).toBe(true);
});

test("begins at 0; the same seed gives the same trace, another one another", () => {
  expect(sample(1, 1)).toMatchObject([{ atMs: 0 }]);
  expect(sample(1, 50)).toEqual(sample(1, 50));
  expect(sample(1, 50)).not.toEqual(sample(2, 50));
});
