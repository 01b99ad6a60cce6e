import { statSync } from "node:fs";
import { type Random, seededRandom } from "tideover/engine";
import { TIERS, type Tier } from "../../packages/gateway/src/history/defaults.ts";
import { encodeRecord } from "../../packages/gateway/src/history/encode-record.ts";
import { readHistory } from "../../packages/gateway/src/history/history-answer.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "../../packages/gateway/src/history/sqlite-history-store.ts";
import { syntheticStep } from "../../packages/gateway/src/history/testing/synthetic-steps.ts";
import { DataDir, type EmbeddedDatabase } from "../../packages/gateway/src/stores/embedded/index.ts";

/** How a month of history did. */
export interface MonthFigures {
  readonly days: number;
  readonly rows: number;
  /** The database with its log, in MB (10^6 bytes). */
  readonly megabytes: number;
  /** What the range of 30 days takes to be read as columns, in ms, as an opened overview asks for it. */
  readonly overviewMs: number;
  readonly points: number;
}

/** Different steps; rows repeat them, which saves SQLite nothing. */
const DIFFERENT = 200;
/** Requests a second of each route: a hundred in all, day and night. */
const PER_SECOND = 10;
const ROWS_A_COMMIT = 500;
const DAY_MS = 86_400_000;

/**
 * Writes synthetic days at ten providers and ten routes, in all three resolutions as they are kept, and reads what the
 * overview asks for.
 * @param folder for the data; made when it is missing
 */
export async function writeMonth(folder: string, days: number): Promise<MonthFigures> {
  const random = seededRandom(20);
  const now = Date.UTC(2026, 2, 31);
  const dataDir = DataDir.open(folder, "synthetic history");
  try {
    const database = dataDir.database(HISTORY_DATABASE);
    let rows = 0;
    for (const tier of TIERS)
      rows += await fill(database, tier, now - Math.min(tier.keepMs, days * DAY_MS), now, random);
    const started = performance.now();
    const range = { from: now - 30 * DAY_MS, to: now, points: 360 };
    const { at } = await readHistory(new SqliteHistoryStore(database), range, now);
    const overviewMs = performance.now() - started;
    const bytes = ["", "-wal", "-shm"].reduce((sum, end) => sum + sizeOf(`${database.path}${end}`), 0);
    return { days, rows, megabytes: bytes / 1e6, overviewMs, points: at.length };
  } finally {
    await dataDir.close();
  }
}

async function fill(database: EmbeddedDatabase, tier: Tier, from: number, to: number, random: Random): Promise<number> {
  const requests = (PER_SECOND * tier.stepMs) / 1_000;
  // An hour's 36,000 requests fill no other buckets than these do.
  const sampled = Math.min(requests, 2_000);
  const different = Array.from({ length: Math.min(DIFFERENT, 400_000 / sampled) }, () =>
    encodeRecord(syntheticStep({ routes: 10, providers: 10, requests: sampled }, random)),
  );
  const sql = `INSERT INTO ${tier.table} (at, data) VALUES (?, ?)`;
  let rows = 0;
  for (let at = from; at < to; ) {
    const group = [];
    for (; at < to && group.length < ROWS_A_COMMIT; at += tier.stepMs) {
      group.push({ sql, params: [at, different[rows++ % different.length] ?? new Uint8Array()] });
    }
    await database.writeTogether(group);
  }
  return rows;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
