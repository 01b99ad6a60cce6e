import { expect, test } from "vitest";
import {
  count,
  emptyRecord,
  figuresOf,
  type HistoryRecord,
  REQUEST_COUNTS,
  UNROUTED,
} from "../history/history-record.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "../history/sqlite-history-store.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { readHourlyLoad } from "./hourly-load.ts";

const MINUTE_MS = 60_000;
/** A whole hour. */
const START = Date.UTC(2026, 0, 5, 8);

function minute(values: Partial<Record<(typeof REQUEST_COUNTS)[number], number>>): HistoryRecord {
  const record = emptyRecord();
  const figures = figuresOf(record.routes, "copy");
  for (const [place, name] of REQUEST_COUNTS.entries()) {
    count(figures, place, values[name] ?? 0);
  }
  return record;
}

/** Ten requests a minute, of which two cost nothing, of 1,000 tokens and 6 s each. */
const BUSY = { requests: 10, answered: 10, live: 8, liveMs: 48_000, "rung:cache": 2, inputTokens: 10_000, peak: 5 };

test("the load is what was asked for, whatever became of it; outages and gaps are told apart", async () => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const store = new SqliteHistoryStore(dataDir.database(HISTORY_DATABASE));
  const at = (minutes: number) => START + minutes * MINUTE_MS;
  // The gateway began at half past; then a whole hour, one off, one in which nobody was answered, and one under way.
  for (let index = 30; index < 120; index++) await store.add(at(index), minute(BUSY));
  for (let index = 180; index < 240; index++) {
    await store.add(at(index), minute({ requests: 10, failed: 9, byCaller: 1, degraded: 1 }));
  }
  await store.add(at(240), minute(BUSY));
  await store.rollUp(at(241));
  const load = await readHourlyLoad(store, at(241));
  await dataDir.close();
  expect(load.map((hour) => hour && [(hour.at - START) / MINUTE_MS, hour.outage])).toEqual([
    [0, false],
    [60, false],
    undefined,
    [180, true],
  ]);
  const [half, whole, , out] = load;
  // Thirty minutes count as an hour of the same.
  expect(half).toMatchObject({ requests: 600, cached: 120, tokens: 600_000, concurrency: 1 });
  expect(whole).toEqual({ ...half, at: at(60), burst: 5 / (600 / 360) });
  // The caller's own mistakes are no load; the others would have cost what requests usually do.
  expect(out).toMatchObject({ requests: 540, tokens: 540_000, concurrency: 0.9 });
});

test("what a full gateway refused before it had a route is load, as dear as the rest of its hour", async () => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const store = new SqliteHistoryStore(dataDir.database(HISTORY_DATABASE));
  for (let index = 0; index < 60; index++) {
    const record = minute(BUSY);
    const refused = figuresOf(record.routes, UNROUTED);
    for (const what of ["requests", "failed", "shed"] as const) count(refused, REQUEST_COUNTS.indexOf(what), 10);
    await store.add(START + index * MINUTE_MS, record);
  }
  const now = START + 61 * MINUTE_MS;
  await store.rollUp(now);
  const [hour] = await readHourlyLoad(store, now);
  await dataDir.close();
  expect(hour).toMatchObject({ requests: 1_200, cached: 120, tokens: 1_200_000, concurrency: 2, outage: true });
  expect([...(hour?.routes ?? [])]).toEqual([["copy", 600]]);
});
