import { mkdirSync } from "node:fs";
import { encodeRecord } from "../../packages/gateway/src/history/encode-record.ts";
import {
  count,
  emptyRecord,
  figuresOf,
  PROVIDER_COUNTS,
  REQUEST_COUNTS,
} from "../../packages/gateway/src/history/history-record.ts";
import { HISTORY_DATABASE } from "../../packages/gateway/src/history/sqlite-history-store.ts";
import { DataDir } from "../../packages/gateway/src/stores/embedded/index.ts";

const HOUR_MS = 3_600_000;
const HOURS = 14 * 24;
/** How long each request took, in ms. */
const REQUEST_MS = 6_000;

/** What a gateway did in each hour of a fortnight. */
export interface Fortnight {
  readonly route: string;
  readonly provider: string;
  /** Calls at once, on average. */
  readonly atOnce: number;
}

/**
 * Writes the history of the last fourteen days, every hour like the other, into a data folder that no gateway owns yet.
 * @param path the data folder; made when it is missing
 */
export async function writeFortnight(path: string, fortnight: Fortnight): Promise<void> {
  mkdirSync(path, { recursive: true });
  const dataDir = DataDir.open(path, "a fortnight");
  const end = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  await dataDir.database(HISTORY_DATABASE).writeTogether(
    Array.from({ length: HOURS }, (_, back) => ({
      sql: "INSERT INTO steps_1h VALUES (?, ?)",
      params: [end - (back + 1) * HOUR_MS, hour(fortnight)],
    })),
  );
  await dataDir.close();
}

function hour({ route, provider, atOnce }: Fortnight): Uint8Array {
  const liveMs = atOnce * HOUR_MS;
  const requests = liveMs / REQUEST_MS;
  const tokens = 1_000 * requests;
  const record = emptyRecord();
  const values: Record<string, number> = {
    ...{ requests, answered: requests, live: requests, liveMs },
    ...{ inputTokens: tokens, peak: 2 * atOnce },
  };
  const asked = figuresOf(record.routes, route);
  for (const [place, name] of REQUEST_COUNTS.entries()) count(asked, place, values[name] ?? 0);
  const called = figuresOf(record.providers, provider);
  for (const [place, name] of PROVIDER_COUNTS.entries()) count(called, place, name === "promptTokens" ? tokens : 0);
  return encodeRecord(record);
}
