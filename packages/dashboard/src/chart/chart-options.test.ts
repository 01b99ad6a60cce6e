import { expect, test } from "vitest";
import { drawnData } from "./chart-options.ts";

const chart = {
  ...{ summary: "", at: [1_000, 2_000, 3_000], write: String },
  series: [
    { label: "live", colour: "--a", values: [1, 2, null] },
    { label: "stale", colour: "--b", values: [3, null, null] },
  ],
};

test("lines are drawn as they are, over seconds", () => {
  expect(drawnData(chart)).toEqual([
    [1, 2, 3],
    [1, 2, null],
    [3, null, null],
  ]);
});

test("stacked areas are sums from the bottom, the tallest painted first; where nothing is known there is none", () => {
  expect(drawnData({ ...chart, stacked: true })).toEqual([
    [1, 2, 3],
    [4, 2, null],
    [1, 2, null],
  ]);
});
