import type { Clock } from "tideover/engine";
import type { AdminRoom } from "../admin/admin-handler.ts";
import type { Log } from "../logging/index.ts";
import type { TotalsSnapshot } from "../metrics/snapshot.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { historyRoom } from "./history-endpoint.ts";
import { HistoryRecorder } from "./history-recorder.ts";
import { HISTORY_DATABASE, HistoryStore } from "./history-store.ts";

/** What a history is opened with. */
export interface OpenHistoryParts {
  readonly dataDir: DataDir;
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
 * Opens the history of a data folder.
 * @throws StoreError for a data folder that cannot be used
 */
export function openHistory(parts: OpenHistoryParts): History {
  const store = new HistoryStore(parts.dataDir.database(HISTORY_DATABASE));
  const recorder = new HistoryRecorder({ ...parts, store });
  return {
    store,
    room: historyRoom(store, parts.clock),
    start: () => recorder.start(),
    stop: () => recorder.stop(),
  };
}
