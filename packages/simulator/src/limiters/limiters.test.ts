import { describe, expect, test } from "vitest";
import { compareLimiters } from "./compare-limiters.ts";
import { Gradient2 } from "./gradient2.ts";
import { beatenIn, limiterRows } from "./limiter-table.ts";
import { PlainAimd } from "./plain-aimd.ts";

describe("the algorithms", () => {
  const sample = (now: number, latencyMs: number, inFlight: number, dropped = false) => {
    return { now, latencyMs, inFlight, dropped };
  };

  test("AIMD grows while half of it is in use, and shrinks at most once in its hold time", () => {
    const limit = new PlainAimd({ lateMs: 3_000, holdMs: 1_000, growth: "per-sample" });
    limit.sample(sample(0, 100, 9));
    expect(limit.limit).toBe(20);
    limit.sample(sample(0, 100, 10));
    expect(limit.limit).toBe(21);
    limit.sample(sample(1, 3_000, 21));
    limit.sample(sample(2, 3_000, 21));
    expect(limit.limit).toBeCloseTo(18.9);
    limit.sample(sample(1_001, 10, 21, true));
    expect(limit.limit).toBeCloseTo(17.01);
  });

  test("Gradient2 throws windows away that are not full, and follows the gradient when they are", () => {
    const stock = new Gradient2({ minimum: 20, windowSamples: 10, windowMs: 1_000 });
    for (let now = 0; now < 60_000; now += 500) stock.sample(sample(now, 100, 20));
    expect(stock.limit).toBe(20);
    const patient = new Gradient2({ minimum: 1, windowSamples: 10, dropRatio: 0.9 });
    for (let now = 0; now < 60_000; now += 500) patient.sample(sample(now, 100, 200));
    const grown = patient.limit;
    expect(grown).toBeGreaterThan(20);
    for (let now = 60_000; now < 120_000; now += 500) patient.sample(sample(now, 2_000, 200));
    expect(patient.limit).toBeLessThan(grown);
    const before = patient.limit;
    patient.sample(sample(120_000, 5, 10, true));
    expect(patient.limit).toBeCloseTo(before * 0.9);
  });
});

test("the comparison: no limiter has a larger share of good calls than ours, and some have far less", async () => {
  const limiters = ["none", "Gradient2 on first tokens, drops x 0.9", "the same, late counted at 3 s", "Tideover"];
  const reports = await compareLimiters({ seeds: [11], limiters });
  expect(reports.map(({ limiter }) => limiter)).toEqual(limiters);
  expect(beatenIn(reports)).toEqual([]);
  const of = (name: string) => reports.find(({ limiter }) => limiter === name)?.by;
  expect(of("Tideover")?.A.good).toBeGreaterThan(0.99);
  expect(of("Tideover")?.B.good).toBeGreaterThan(0.5);
  expect(of("Tideover")?.C.good).toBeGreaterThan(0.82);
  expect(of("none")?.B.good).toBeLessThan(0.05);
  expect(of("none")?.C.p99Ms).toBeGreaterThan(60_000);
  expect(limiterRows(reports)[0]).toEqual([
    "limiter",
    ...["A good", "A shed", "A p99", "B good", "B shed", "B p99", "C good", "C shed", "C p99"],
  ]);
  const swapped = reports.map((report) => (report.limiter === "none" ? { ...report, limiter: "Tideover" } : report));
  expect(beatenIn(swapped.filter(({ limiter }, index) => limiter !== "Tideover" || index === 0))).not.toEqual([]);
}, 60_000);
