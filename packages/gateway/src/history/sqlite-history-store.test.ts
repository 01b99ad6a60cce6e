import { seededRandom } from "tideover/engine";
import { describe, expect, test, vi } from "vitest";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { readHistory } from "./history-answer.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "./sqlite-history-store.ts";
import { HISTORY_STORE_SUITE, START } from "./testing/history-store-suite.ts";
import { syntheticStep } from "./testing/synthetic-steps.ts";

async function stage(use: (store: SqliteHistoryStore) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    await use(new SqliteHistoryStore(dataDir.database(HISTORY_DATABASE)));
  } finally {
    await dataDir.close();
  }
}

describe("the history in the data folder", () => {
  test.each(HISTORY_STORE_SUITE)("$name", ({ run }) => stage((store) => run({ store, setTime: () => undefined })));
});

test("clearing writes only where a step is past its keeping, so that an idle start needs no writer", async () => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const database = dataDir.database(HISTORY_DATABASE);
  const store = new SqliteHistoryStore(database);
  const written = vi.spyOn(database, "writeTogether");
  await store.clear(START);
  await store.add(START, syntheticStep({ routes: 1, providers: 1, requests: 1 }, seededRandom(7)));
  await store.clear(START + 10_000);
  expect(written).toHaveBeenCalledTimes(1);
  await store.clear(START + 86_400_000 + 10_000);
  expect(written).toHaveBeenCalledTimes(2);
  await dataDir.close();
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
