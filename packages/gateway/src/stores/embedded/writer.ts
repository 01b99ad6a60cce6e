import { Worker } from "node:worker_threads";
import type { Durability, WriteTuning } from "./connection.ts";
import { CLOSE_TIMEOUT_MS, WRITER_YOUNG_MB } from "./defaults.ts";
import type { UnitOutcome, WriteUnit } from "./sql.ts";
import { messageOf, StoreError } from "./store-error.ts";
import { WRITER_ROLE, WRITER_THREAD, type WriterReply, type WriterRequest } from "./writer-thread.ts";

interface Waiting {
  readonly resolve: (outcomes: readonly UnitOutcome[]) => void;
  readonly reject: (error: StoreError) => void;
}

/** The file of a database that the writer opens. */
export interface WriterFile {
  readonly path: string;
  readonly durability: Durability;
  readonly tuning?: WriteTuning | undefined;
}

/**
 * The writer thread as seen from the request thread: one for all databases of a folder, so that no commit ever blocks
 * the event loop. Started by the first write; started again by the next write after it died.
 */
export class Writer {
  readonly #files: ReadonlyMap<string, WriterFile>;
  /** One group in flight for each database; more would only wait in the thread's port, out of our caps' sight. */
  readonly #waiting = new Map<string, Waiting>();
  #worker: Worker | undefined;

  constructor(files: ReadonlyMap<string, WriterFile>) {
    this.#files = files;
  }

  /**
   * Writes units in one transaction; the promise settles when it is committed as durably as the database promises.
   * One call at a time for a database. Rejects with a StoreError (`writer-lost`) only.
   */
  write(database: string, units: readonly WriteUnit[]): Promise<readonly UnitOutcome[]> {
    const worker = this.#started();
    return new Promise((resolve, reject) => {
      this.#waiting.set(database, { resolve, reject });
      // An idle writer keeps no process alive; an unfinished write does.
      worker.ref();
      post(worker, { type: "write", database, units });
    });
  }

  /** A database has come to the files; a thread that runs already is told. */
  opened(database: string): void {
    const file = this.#files.get(database);
    if (this.#worker !== undefined && file !== undefined) post(this.#worker, { type: "open", database, ...file });
  }

  /** Ends the thread after what it was given is written. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
    post(worker, { type: "close" });
    await ended;
    clearTimeout(timer);
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const resourceLimits = { maxYoungGenerationSizeMb: WRITER_YOUNG_MB };
    const worker = new Worker(WRITER_THREAD, { workerData: WRITER_ROLE, name: WRITER_ROLE, resourceLimits });
    worker.on("message", (reply: WriterReply) => this.#take(worker, reply));
    worker.on("error", (error) => this.#lost(worker, messageOf(error)));
    worker.on("exit", (code) => this.#lost(worker, `it ended with code ${code}`));
    for (const [database, file] of this.#files) post(worker, { type: "open", database, ...file });
    this.#worker = worker;
    return worker;
  }

  #take(worker: Worker, reply: WriterReply): void {
    if (reply.type === "closed") return;
    const waiting = this.#waiting.get(reply.database);
    this.#waiting.delete(reply.database);
    if (this.#waiting.size === 0) worker.unref();
    waiting?.resolve(reply.outcomes);
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new StoreError("writer-lost", `The writer thread was lost: ${why}.`));
  }
}

function post(worker: Worker, request: WriterRequest): void {
  worker.postMessage(request);
}
