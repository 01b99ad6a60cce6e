import { expect, test } from "vitest";
import type { TotalsSnapshot } from "../metrics/snapshot.ts";
import { SnapshotBases } from "./snapshot-bases.ts";

/** A process that began at 0 and retries once a second. */
function at(seconds: number): TotalsSnapshot {
  return { at: seconds * 1_000, since: 0, counters: { retries: { p: seconds } }, histograms: {}, gauges: {} };
}

function retries(snapshot: TotalsSnapshot): number {
  return snapshot.counters.retries?.p ?? 0;
}

test("the last minute is a minute, once there has been one", () => {
  const bases = new SnapshotBases();
  const seen: [number, number][] = [];
  for (let second = 1; second <= 300; second++) {
    const now = at(second);
    if ([3, 30, 90, 300].includes(second)) seen.push([second, retries(bases.lastMinute(now))]);
    bases.offer(now);
  }
  expect(seen[0]).toEqual([3, 2]);
  expect(seen[1]).toEqual([30, 29]);
  // The base is the last one that is a minute old; they are five seconds apart.
  for (const [, count] of seen.slice(2)) {
    expect(count).toBeGreaterThanOrEqual(60);
    expect(count).toBeLessThan(65);
  }
});

test("the first snapshot tells what came since the start", () => {
  expect(retries(new SnapshotBases().lastMinute(at(42)))).toBe(42);
});

test("after a long silence the period is as long as it was", () => {
  const bases = new SnapshotBases();
  bases.offer(at(10));
  const period = bases.lastMinute(at(1_000));
  expect([period.at - period.since, retries(period)]).toEqual([990_000, 990]);
});
