import { seededRandom } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { TIERS, type Tier } from "./defaults.ts";
import { readHistory } from "./history-answer.ts";
import { count, emptyRecord, figuresOf, type HistoryRecord } from "./history-record.ts";
import { HISTORY_DATABASE, type HistoryStep, HistoryStore } from "./history-store.ts";
import { syntheticStep } from "./testing/synthetic-steps.ts";

const [TEN_SECONDS, MINUTE, HOUR] = TIERS;
/** A whole hour. */
const START = Date.UTC(2026, 0, 5, 8);

async function stage(use: (store: HistoryStore, dataDir: DataDir) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    await use(new HistoryStore(dataDir.database(HISTORY_DATABASE)), dataDir);
  } finally {
    await dataDir.close();
  }
}

function requests(value: number): HistoryRecord {
  const record = emptyRecord();
  count(figuresOf(record.routes, "copy"), 0, value);
  return record;
}

async function counted(steps: AsyncIterable<HistoryStep>): Promise<[number, number][]> {
  const all: [number, number][] = [];
  for await (const { at, record } of steps) {
    all.push([(at - START) / 1_000, record.routes.get("copy")?.counts[0] ?? 0]);
  }
  return all;
}

const forever = (store: HistoryStore, tier: Tier) => counted(store.steps(tier, START, START + 1e9));

describe("steps", () => {
  test("are rolled up into minutes and hours, and what is not rolled up yet is shown from the finer ones", () =>
    stage(async (store) => {
      for (let second = 0; second < 3_690; second += 10) await store.add(START + second * 1_000, requests(1));
      await store.rollUp(START + 3_695_000);
      expect(await forever(store, HOUR)).toEqual([
        [0, 360],
        [3_600, 9],
      ]);
      const minutes = await forever(store, MINUTE);
      expect([minutes.length, minutes.at(-2), minutes.at(-1)]).toEqual([62, [3_600, 6], [3_660, 3]]);
      expect(await forever(store, TEN_SECONDS)).toHaveLength(369);
    }));

  test("written twice for one time are added, also into what was rolled up already", () =>
    stage(async (store) => {
      for (let second = 0; second < 120; second += 10) await store.add(START + second * 1_000, requests(1));
      await store.rollUp(START + 120_000);
      // The clock was set back, or the process restarted within the step.
      await store.add(START + 14_000, requests(5));
      await store.rollUp(START + 130_000);
      expect(await forever(store, MINUTE)).toEqual([
        [0, 11],
        [60, 6],
      ]);
      expect((await forever(store, TEN_SECONDS))[1]).toEqual([10, 6]);
    }));

  test("after a long stop the roll-up goes on behind the gap", () =>
    stage(async (store) => {
      await store.add(START, requests(1));
      await store.rollUp(START + 60_000);
      const later = START + 40 * 86_400_000;
      await store.add(later, requests(2));
      await store.rollUp(later + 60_000);
      expect(await counted(store.steps(MINUTE, later, later + 60_000))).toEqual([[40 * 86_400, 2]]);
    }));

  test("past their keeping are forgotten, tier by tier", () =>
    stage(async (store) => {
      await store.add(START, requests(1));
      await store.rollUp(START + 3_600_000);
      await store.clear(START + TEN_SECONDS.keepMs + 1);
      expect(await forever(store, TEN_SECONDS)).toEqual([]);
      expect(await forever(store, MINUTE)).toEqual([[0, 1]]);
      await store.clear(START + HOUR.keepMs + 1);
      expect(await forever(store, HOUR)).toEqual([]);
    }));
});

describe("the answer", () => {
  test("is as fine as the range allows, with nulls where nothing was recorded", () =>
    stage(async (store) => {
      const random = seededRandom(7);
      for (let second = 0; second < 60; second += 10) {
        if (second === 30) continue;
        await store.add(START + second * 1_000, syntheticStep({ routes: 2, providers: 1, requests: 100 }, random));
      }
      const now = START + 60_000;
      const answer = await readHistory(store, { from: START, to: now, points: 360 }, now);
      expect([answer.stepMs, answer.resolution, answer.at.length]).toEqual([10_000, "10s", 6]);
      expect(answer.overall.requests).toEqual([200, 200, 200, null, 200, 200]);
      const { answered, degraded, failed } = answer.overall;
      expect(
        answered.map((value, step) => value === null || value + (degraded[step] ?? 0) + (failed[step] ?? 0) === 200),
      ).toEqual(Array.from({ length: 6 }, () => true));
      expect(Object.keys(answer.routes)).toEqual(["route-of-the-shop-0", "route-of-the-shop-1"]);
      expect(answer.providers["provider-0"]?.firstTokenMs.p50[3]).toBeNull();
      const median = answer.overall.totalMs.p50[0] ?? 0;
      expect(median).toBeGreaterThan(4_500);
      expect(median).toBeLessThan(8_000);
      const month = await readHistory(store, { from: now - 30 * 86_400_000, to: now, points: 360 }, now);
      expect([month.stepMs, month.resolution, month.at.length]).toEqual([3 * 3_600_000, "1h", 241]);
      expect(month.overall.requests.at(-1)).toBe(1_000);
    }));
});
