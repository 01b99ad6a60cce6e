import { join } from "node:path";
import type { Clock, IdSource, JobQueue, JobStore } from "tideover/engine";
import type { FrontBatches } from "tideover/front";
import type { Jobs } from "tideover/jobs";
import { FileStore } from "../files/file-store.ts";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { BatchEndpoints } from "./batch-endpoints.ts";
import { BatchRunner, type BatchRunnerParts } from "./batch-runner.ts";
import { BATCHES_DATABASE, BatchStore } from "./batch-store.ts";

/** What batches are kept and run with. */
export interface BatchesParts {
  readonly dataDir: DataDir;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly jobs: Pick<Jobs, "cancel">;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** How long ended jobs are kept, in ms. */
  readonly keepMs: number;
  readonly whyNot: BatchRunnerParts["whyNot"];
  readonly lookMs?: number | undefined;
}

/** The files and batches of one gateway. */
export interface Batches {
  readonly endpoints: FrontBatches;
  /** Begins to bring them forward. */
  start(): void;
  /** Forgets all of a tenant's; what is under way goes no further. @returns how many */
  erase(tenant: string): Promise<{ readonly batches: number; readonly files: number }>;
  /** Ends the work on them; it goes on with the next start. */
  stop(): Promise<void>;
}

/** Folder of the files' bytes, in the data folder. */
const FILES_FOLDER = "files";

/**
 * Opens the files and batches of a data folder. Jobs may be elsewhere; files
 * and the rows of batches are here, so that the gateway that took a batch finishes it.
 * @throws StoreError for a data folder that cannot be used
 */
export function openBatches(parts: BatchesParts): Batches {
  const { dataDir, clock, ids, log } = parts;
  const database = dataDir.database(BATCHES_DATABASE);
  const files = new FileStore({ database, folder: join(dataDir.path, FILES_FOLDER), clock, ids });
  const batches = new BatchStore(database);
  const runner = new BatchRunner({ ...parts, batches, files });
  files.removeOrphans();
  log.debug({ event: "batches-open", active: batches.active().length }, "Files and batches are open.");
  return {
    endpoints: new BatchEndpoints({ ...parts, batches, files, runner }),
    start: () => runner.start(),
    async erase(tenant) {
      const ids = await batches.removeAll(tenant);
      // The step under way may still make jobs, and write its files.
      await runner.forgotten(ids);
      return { batches: ids.length, files: await files.removeAll(tenant) };
    },
    stop: () => runner.stop(),
  };
}
