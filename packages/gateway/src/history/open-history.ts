import { randomUUID } from "node:crypto";
import type { Clock } from "tideover/engine";
import type { AdminRoom } from "../admin/admin-handler.ts";
import type { Log } from "../logging/index.ts";
import type { TotalsSnapshot } from "../metrics/snapshot.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { isEmbedded, openSharedPostgres } from "../stores/shared-postgres.ts";
import { SHARED_CONNECTIONS } from "./defaults.ts";
import { historyRoom } from "./history-endpoint.ts";
import { HistoryRecorder } from "./history-recorder.ts";
import type { HistoryStore } from "./history-store.ts";
import { HISTORY_SCHEMA } from "./postgres-schema.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "./sqlite-history-store.ts";

/** What a history is opened with. */
export interface OpenHistoryParts {
  /** `stores.history`: `sqlite`, which is the default, or an address of PostgreSQL. */
  readonly address: string | undefined;
  /** Takes the data folder where the history lies in it. @throws StoreError */
  dataDir(): DataDir;
  readonly clock: Clock;
  readonly log: Log;
  /** Everything counted so far, in all processes. */
  snapshot(): Promise<TotalsSnapshot>;
}

/** The history of one gateway. */
export interface History {
  readonly store: HistoryStore;
  /** Its part of the admin API. */
  readonly room: AdminRoom;
  /** Begins to record. */
  start(): void;
  /** Writes the unfinished step. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Opens the history of a data folder, or the one that several gateways share. A PostgreSQL that is away is no error: it is
 * connected to when it comes.
 * @throws StoreError for a data folder that cannot be used; StoreSettingsError for an address that cannot be
 */
export async function openHistory(parts: OpenHistoryParts): Promise<History> {
  const { address, clock, log } = parts;
  const store = isEmbedded(address)
    ? new SqliteHistoryStore(parts.dataDir().database(HISTORY_DATABASE))
    : await openShared(address, parts);
  const recorder = new HistoryRecorder({ ...parts, store });
  return {
    store,
    room: historyRoom(store, clock),
    start: () => recorder.start(),
    async stop() {
      await recorder.stop();
      await store.close().catch((error: unknown) => {
        log.warn({ event: "history-not-closed", error }, "The connections of the history could not be closed.");
      });
    },
  };
}

async function openShared(address: string, { clock, log }: OpenHistoryParts): Promise<HistoryStore> {
  // Loaded only where it is asked for.
  const { PostgresHistoryStore } = await import("./postgres-history-store.ts");
  const link = await openSharedPostgres({
    ...{ setting: "stores.history", address, schema: HISTORY_SCHEMA, connections: SHARED_CONNECTIONS, log },
    ...{ what: "history-store", meanwhile: "What is counted waits in memory until it is back." },
  });
  return new PostgresHistoryStore({
    link,
    source: randomUUID(),
    wallTime: () => clock.wallTime(),
    onGivenUp: (steps) => log.error({ event: "history-given-up", steps }, `${steps} steps of the history are lost.`),
  });
}
