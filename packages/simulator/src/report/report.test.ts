import { beforeAll, expect, test } from "vitest";
import { shortenTo } from "../invariants/shorten.ts";
import { lastTry } from "../scenario/call-record.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import { falseRecovery } from "../scenario/shipped/false-recovery.ts";
import { flashCrowd } from "../scenario/shipped/flash-crowd.ts";
import { type Comparison, compareStrategies } from "./compare.ts";
import { figuresOf } from "./figures.ts";
import { htmlReport } from "./html-report.ts";
import { quantile } from "./quantile.ts";
import { seriesOf } from "./series.ts";
import { comparisonRows } from "./table.ts";

let comparison: Comparison;
beforeAll(async () => {
  comparison = await compareStrategies(shortenTo(flashCrowd, 150), { seeds: [1, 2] });
});

test("figures and verdicts tell the same story", async () => {
  const result = await runScenario(shortenTo(falseRecovery, 200));
  const figures = figuresOf(result);
  const count = (verdict: string) => result.calls.filter((call) => lastTry(call).verdict === verdict).length;
  expect(figures.degraded).toBeGreaterThan(0.1);
  expect(Math.round(figures.degraded * figures.calls)).toBe(count("degraded"));
  expect(figures.live).toBeLessThanOrEqual(count("right") / figures.calls);
  expect(figures.rungs).toEqual({ live: count("right"), template: count("degraded") });
  expect(figures.answered).toBeCloseTo(1 - figures.flagged - figures.failed, 6);
});

test("a series counts every call and every attempt once, and sees the breaker open", async () => {
  const result = await runScenario(falseRecovery);
  const series = seriesOf(result);
  const all = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  expect(all(series.map(({ offered }) => offered))).toBe(result.calls.length);
  expect(all(series.flatMap(({ outcomes }) => Object.values(outcomes)))).toBe(result.calls.length);
  expect(series.some(({ at, breakers }) => at > 90_000 && at < 190_000 && breakers.deepseek === "open")).toBe(true);
  expect(series[0]?.breakers).toEqual({ deepseek: "closed" });
});

test("a comparison has every strategy over every seed, below the ceiling", () => {
  expect(comparison.strategies.map(({ strategy }) => strategy)).toEqual(["tideover", "classic", "sdk", "none"]);
  for (const { bySeed, mean } of comparison.strategies) {
    expect(bySeed.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(mean.live).toBeCloseTo(((bySeed[0]?.live ?? 0) + (bySeed[1]?.live ?? 0)) / 2, 9);
    // The oracle is greedy and draws each call's luck once; a second attempt draws it anew, which shows in so few calls.
    expect(mean.live).toBeLessThanOrEqual(comparison.oracle.fate.live + 0.15);
  }
});

test("the table has a row for each strategy and each oracle, all of one width", () => {
  const rows = comparisonRows(comparison);
  expect(rows.map(([name]) => name)).toEqual([
    "strategy",
    "tideover",
    "classic",
    "sdk",
    "none",
    "oracle (state)",
    "oracle (fate)",
  ]);
  expect(new Set(rows.map((row) => row.length)).size).toBe(1);
});

test("the report is one page without any outside resource, and no text of a scenario becomes markup", () => {
  const html = htmlReport({
    ...comparison,
    scenario: { ...comparison.scenario, name: "<script>alert(1)</script>" },
  });
  expect(html).not.toMatch(/<script|https?:|src=|href=|url\(/);
  expect(html).toContain("&lt;script&gt;");
  expect(html.match(/<svg/g)?.length).toBeGreaterThanOrEqual(16);
  expect(html).not.toContain("NaN");
});

test("quantiles by nearest rank", () => {
  expect(quantile([], 0.5)).toBeNaN();
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([3, 1, 2], 0.99)).toBe(3);
});
