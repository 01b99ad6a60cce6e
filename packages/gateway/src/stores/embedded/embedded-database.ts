import type { DatabaseSync } from "node:sqlite";
import { openForReading, PreparedStatements } from "./connection.ts";
import type { SqlRow, SqlValue, Statement, WriteResult } from "./sql.ts";
import { StoreError } from "./store-error.ts";
import { EMPTY_LOG, REWRITE } from "./upkeep.ts";
import { type CommitGroup, WriteQueue } from "./write-queue.ts";

/**
 * One SQLite database: writes go to the writer thread and come back committed; reads are answered at once, on this
 * thread, from its own connection. A read after an awaited write sees it.
 */
export class EmbeddedDatabase {
  /** The file. */
  readonly path: string;
  readonly #queue: WriteQueue;
  readonly #reader: DatabaseSync;
  readonly #prepared: PreparedStatements;
  #closed = false;

  /** Made by {@link DataDir.database}. */
  constructor(path: string, commit: CommitGroup) {
    this.path = path;
    this.#queue = new WriteQueue(commit);
    this.#reader = openForReading(path);
    this.#prepared = new PreparedStatements(this.#reader);
  }

  /** Writes that are not committed yet. */
  get pendingWrites(): number {
    return this.#queue.pending;
  }

  /** Whether another write would be taken now. */
  get hasRoom(): boolean {
    return this.#queue.hasRoom;
  }

  /**
   * Writes one statement; resolves when it is committed.
   * @throws StoreError `queue-full`, `statement-failed`, `writer-lost` or `closed`.
   */
  async write(sql: string, params: readonly SqlValue[] = []): Promise<WriteResult> {
    const [result] = await this.#queue.write([{ sql, params }]);
    return result ?? { changes: 0, rows: [] };
  }

  /** Writes statements together or not at all; results in their order. @throws as {@link write}. */
  writeTogether(statements: readonly Statement[]): Promise<readonly WriteResult[]> {
    return this.#queue.write(statements);
  }

  /**
   * The first row, undefined when there is none. For point reads by an index: it runs on the request thread.
   * @throws StoreError `closed`, or SQLite's own error.
   */
  readOne(sql: string, params: readonly SqlValue[] = []): SqlRow | undefined {
    return this.#reading(sql).get(...params);
  }

  /** All rows; the statement must bound their number itself. @throws as {@link readOne}. */
  readAll(sql: string, params: readonly SqlValue[] = []): SqlRow[] {
    return this.#reading(sql).all(...params);
  }

  /**
   * Writes the file anew without what was deleted, and empties its log: afterwards no deleted byte is in either. Writes
   * wait meanwhile, as long as copying the file takes, and as much room is needed beside it.
   * @throws as {@link write}, also while another process reads the file, such as a backup; what was deleted stays
   *   deleted, its bytes may still be there
   */
  async scrub(): Promise<void> {
    await this.write(REWRITE);
    const { rows } = await this.write(EMPTY_LOG);
    if (rows[0]?.busy === 0) return;
    throw new StoreError("statement-failed", `The log of ${this.path} cannot be emptied while it is being read.`);
  }

  /** Resolves when all that was written before is settled. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /** Takes no more writes, and closes when those that it took are settled. */
  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#closed) return;
    this.#closed = true;
    this.#reader.close();
  }

  #reading(sql: string) {
    if (this.#closed) throw new StoreError("closed", "The store is closed.");
    return this.#prepared.get(sql);
  }
}
