import { expect, test } from "vitest";
import { brokenPromises, torture } from "./torture.ts";

test("a gateway killed again and again, also while it accepts, loses no job and does none twice", async () => {
  const jobs = 120;
  const counts = await torture({
    jobs,
    tortureMs: 8_000,
    // A job that is killed five times counts as one that nobody survives: this is one process, so it is given time.
    everyMs: 2_500,
    latencyMs: 120,
    concurrency: 16,
    patienceMs: 90_000,
  });
  expect(brokenPromises(counts, jobs), JSON.stringify(counts)).toEqual([]);
  // A start takes seconds on a busy machine, so the number of kills is not promised.
  expect(counts.kills).toBeGreaterThanOrEqual(1);
}, 120_000);
