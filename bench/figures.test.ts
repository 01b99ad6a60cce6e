import { expect, test } from "vitest";
import { judge } from "./figures.ts";
import type { Sample } from "./measures.ts";

const NAME = "Unstreamed requests per core, vs nginx";

function rates(round: number, system: "nginx" | "tideover", requestsPerCoreSecond: number, failures = 0): Sample {
  return { measure: "rates", system, round, values: { requestsPerCoreSecond }, failures };
}

function judged(samples: readonly Sample[]) {
  return judge(samples).find(({ title }) => title === NAME);
}

test("ratios are taken within a round; the median, the least and the most are given", () => {
  const samples = [
    ...[rates(1, "nginx", 50_000), rates(1, "tideover", 5_000)],
    ...[rates(2, "nginx", 10_000), rates(2, "tideover", 2_000)],
    ...[rates(3, "nginx", 20_000), rates(3, "tideover", 8_000)],
  ];
  expect(judged(samples)).toMatchObject({ median: 0.2, least: 0.1, most: 0.4, verdict: "must" });
});

test("a run with failures is no result", () => {
  expect(judged([rates(1, "nginx", 1), rates(1, "tideover", 1, 1)])).toMatchObject({ verdict: "no result" });
});
