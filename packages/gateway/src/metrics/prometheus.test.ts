import { spawnSync } from "node:child_process";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { COUNTER_NAMES, COUNTERS, GAUGE_NAMES, GAUGES, HISTOGRAM_NAMES, HISTOGRAMS } from "./families.ts";
import { processFigures } from "./process-figures.ts";
import { prometheusText } from "./prometheus.ts";
import { seriesKey, type TotalsSnapshot } from "./snapshot.ts";
import { Totals } from "./totals.ts";

/** Every family with a value, under names that need escaping. */
function everything(): TotalsSnapshot {
  const totals = new Totals({ clock: new VirtualClock() });
  const odd = (labels: readonly string[]) => labels.map((label) => `${label} "灯" \\`);
  for (const name of COUNTER_NAMES) totals.add(name, 3, ...odd(COUNTERS[name]));
  for (const name of HISTOGRAM_NAMES)
    for (const ms of [0.001, 12, 700, 1e9]) totals.observe(name, ms, ...odd(HISTOGRAMS[name]));
  const gauges = Object.fromEntries(GAUGE_NAMES.map((name) => [name, { [seriesKey(...odd(GAUGES[name].labels))]: 7 }]));
  return { ...totals.snapshot(), gauges };
}

test("promtool finds nothing wrong with the exposition of every family", () => {
  const text = prometheusText(everything(), processFigures(0));
  const { status, stdout, stderr, error } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  if (error !== undefined) throw new Error("promtool is missing; scripts/services/install.sh prometheus installs it.");
  expect(`${stdout}${stderr}`).toBe("");
  expect(status).toBe(0);
});

test("every family is told", () => {
  const heads = prometheusText(everything(), [])
    .split("\n")
    .filter((line) => line.startsWith("# TYPE"));
  expect(heads).toHaveLength(COUNTER_NAMES.length + HISTOGRAM_NAMES.length + GAUGE_NAMES.length);
});

test("a histogram's buckets are cumulative, in seconds, and end with all values", () => {
  const totals = new Totals({ clock: new VirtualClock() });
  for (const ms of [5, 10, 11, 90_000]) totals.observe("firstTokenMs", ms, "deepseek");
  const lines = prometheusText(totals.snapshot(), []).split("\n");
  const name = "gen_ai_client_operation_time_to_first_chunk_seconds";
  const at = (le: string) =>
    lines.find((line) => line.startsWith(`${name}_bucket{gen_ai_provider_name="deepseek",le="${le}"}`));
  expect(
    [at("0.005"), at("0.01"), at("0.02"), at("81.92"), at("163.84"), at("+Inf")].map((line) => line?.split(" ")[1]),
  ).toEqual(["1", "2", "3", "3", "4", "4"]);
  expect(lines).toContain(`${name}_count{gen_ai_provider_name="deepseek"} 4`);
  expect(lines).toContain(`${name}_sum{gen_ai_provider_name="deepseek"} 90.026`);
});
