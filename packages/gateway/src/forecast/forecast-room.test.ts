import { resolveConfig } from "tideover/config";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import type { ForecastAnswer } from "../admin/forecast-types.ts";
import { encodeRecord } from "../history/encode-record.ts";
import { count, emptyRecord, figuresOf, PROVIDER_COUNTS, REQUEST_COUNTS } from "../history/history-record.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "../history/sqlite-history-store.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { forecastRoom } from "./forecast-room.ts";

const HOUR_MS = 3_600_000;

/** An hour as it is kept: 600 requests of 1,000 tokens and 6 s each, by a provider that takes two at once. */
function hour() {
  const record = emptyRecord();
  const route = figuresOf(record.routes, "copy");
  const values: Record<string, number> = {
    requests: 600,
    answered: 600,
    live: 600,
    liveMs: 3_600_000,
    inputTokens: 600_000,
    peak: 2,
  };
  for (const [place, name] of REQUEST_COUNTS.entries()) count(route, place, values[name] ?? 0);
  const provider = figuresOf(record.providers, "deepseek");
  const sums: Record<string, number> = { promptTokens: 600_000, costMicros: 300_000, priced: 1, peakLimit: 2 };
  for (const [place, name] of PROVIDER_COUNTS.entries()) count(provider, place, sums[name] ?? 0);
  return encodeRecord(record);
}

test("the admin API's forecast, from the store to the schedule", async () => {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  const database = dataDir.database(HISTORY_DATABASE);
  const clock = new VirtualClock();
  const now = clock.wallTime();
  const end = Math.floor(now / HOUR_MS) * HOUR_MS;
  const statements = Array.from({ length: 14 * 24 }, (_, back) => ({
    sql: "INSERT INTO steps_1h VALUES (?, ?)",
    params: [end - (back + 1) * HOUR_MS, hour()],
  }));
  await database.writeTogether(statements);
  const resolved = resolveConfig({
    providers: { deepseek: { preset: "deepseek", apiKey: "k", limit: { concurrency: 3 } } },
    routes: [{ name: "copy", model: "*", ladder: ["deepseek"] }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const room = forecastRoom({ store: new SqliteHistoryStore(database), clock, runtime: () => resolved });
  const ask = (query: string, rest: string[] = [], method = "GET") =>
    room.serve({ method, rest, query: new URLSearchParams(query) } as never);

  const { json } = (await ask("hours=24")) as { json: ForecastAnswer };
  expect(json).toMatchObject({
    hoursOfHistory: 336,
    measures: { requests: { peak: { value: 600 }, backtest: { error: 0 } }, concurrency: { peak: { value: 1 } } },
    limits: [{ provider: "deepseek", concurrency: 3, from: "configured" }],
    replicas: { needed: 1 },
    cost: { total: { currency: "USD" } },
  });
  expect(json.measures.tokens?.ahead).toHaveLength(24);
  expect(json.cost?.total.amount).toBeCloseTo(24 * 0.3, 5);
  const exported = (await ask("format=cron&deployment=tide", ["export"])) as { response: { body: Uint8Array } };
  expect(Buffer.from(exported.response.body).toString()).toMatch(
    /kubectl --namespace default scale deployment\/tide --replicas=1\n$/,
  );

  const refused = await Promise.all([
    ask("hours=0"),
    ask("hours=337"),
    ask("days=2"),
    ask("format=helm", ["export"]),
    ask("format=keda&deployment=a;b", ["export"]),
    ask("", ["other"]),
    ask("", [], "POST"),
  ]);
  expect(refused).toMatchObject([400, 400, 400, 400, 400, 404, 405].map((status) => ({ status })));
  await dataDir.close();
});
