import { expect, test } from "vitest";
import { busyHour } from "../scenario/shipped/busy-hour.ts";
import { compareStrategies } from "./compare.ts";
import { judgeGate } from "./gate.ts";

const seeds = [3];

test("the gate names every aim, and says which was missed and by what", async () => {
  const comparison = await compareStrategies(busyHour, { seeds, mostCalls: 300, strategies: ["tideover"] });
  const lines = judgeGate(comparison, busyHour);
  expect(lines.map(({ figure }) => figure)).toEqual([
    "live",
    "answered",
    "degraded",
    "wrong",
    "attempts",
    "attempts",
    "promises",
    "recovery",
  ]);
  // The first minute of the hour is calm: all is well, and there is nothing to recover from.
  expect(lines.filter(({ met }) => !met).map(({ figure }) => figure)).toEqual(["recovery"]);
  const [ours] = comparison.strategies;
  if (ours === undefined) throw new Error("Nothing was compared.");
  const worse = {
    ...comparison,
    strategies: [
      {
        ...ours,
        mean: { ...ours.mean, live: 0.9, degraded: 0.1, wrong: 1, recoveryMs: 121_000 },
        bySeed: ours.bySeed.map((figures) => ({ ...figures, answered: 0.99, attemptsPerProvider: { deepseek: 1.2 } })),
        violations: [{ promise: 1, seed: 3, message: "left" }],
      },
    ],
  };
  const missed = judgeGate(worse, busyHour).filter(({ met }) => !met);
  expect(missed.map(({ figure }) => figure)).toEqual([
    "live",
    "answered",
    "degraded",
    "wrong",
    "attempts",
    "promises",
    "recovery",
  ]);
  expect(missed.find(({ figure }) => figure === "attempts")?.value).toBe("deepseek 1.200");
  expect(missed.find(({ figure }) => figure === "recovery")).toMatchObject({ value: "121.0 s", aim: "<= 120 s" });
});

test("a comparison without the engine has no gate", async () => {
  const comparison = await compareStrategies(busyHour, { seeds, mostCalls: 20, strategies: ["none"] });
  expect(() => judgeGate(comparison, busyHour)).toThrow(/needs a comparison that Tideover takes part in/);
});
