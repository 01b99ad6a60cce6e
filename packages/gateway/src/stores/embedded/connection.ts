import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { BUSY_TIMEOUT_MS, LOG_SIZE_LIMIT, MAX_PREPARED, READ_BUSY_TIMEOUT_MS } from "./defaults.ts";

/**
 * How much a commit promises. `durable`: it survives a power cut (`synchronous=FULL`, one fsync a commit).
 * `fast`: it survives the death of the process, and a power cut may cost the last commits but never the database
 * (`synchronous=NORMAL`).
 */
export type Durability = "durable" | "fast";

/** A new file is read and written by its owner only: it holds answers, prompts and keys of callers' jobs. */
const OWNER_ONLY = 0o600;

/** How a file is written to; SQLite's own defaults where nothing is said. */
export interface WriteTuning {
  /** Bytes of a page of a new file; one that is there keeps its own. */
  readonly pageBytes?: number | undefined;
  /** Pages that the writer keeps in memory, in KiB. */
  readonly pageCacheKib?: number | undefined;
  /** Pages of the log after which it is folded into the file. */
  readonly checkpointPages?: number | undefined;
}

/** Opens the connection that writes. */
export function openForWriting(path: string, durability: Durability, tuning: WriteTuning = {}): DatabaseSync {
  const { pageBytes, pageCacheKib, checkpointPages } = tuning;
  // SQLite would make the file readable by everybody, and makes its log and index as the file is.
  closeSync(openSync(path, "a", OWNER_ONLY));
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  if (pageBytes !== undefined) database.exec(`PRAGMA page_size=${pageBytes}`);
  database.exec("PRAGMA journal_mode=WAL");
  database.exec(`PRAGMA synchronous=${durability === "durable" ? "FULL" : "NORMAL"}`);
  database.exec("PRAGMA foreign_keys=ON");
  database.exec(`PRAGMA journal_size_limit=${LOG_SIZE_LIMIT}`);
  if (pageCacheKib !== undefined) database.exec(`PRAGMA cache_size=-${pageCacheKib}`);
  if (checkpointPages !== undefined) database.exec(`PRAGMA wal_autocheckpoint=${checkpointPages}`);
  return database;
}

/** Opens a connection that only reads. */
export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: READ_BUSY_TIMEOUT_MS });
}

/** The prepared statements of one connection, the least recently prepared forgotten beyond a cap. */
export class PreparedStatements {
  readonly #database: DatabaseSync;
  readonly #bySql = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(sql: string): StatementSync {
    const known = this.#bySql.get(sql);
    if (known !== undefined) return known;
    const prepared = this.#database.prepare(sql);
    const oldest = this.#bySql.size >= MAX_PREPARED ? this.#bySql.keys().next().value : undefined;
    if (oldest !== undefined) this.#bySql.delete(oldest);
    this.#bySql.set(sql, prepared);
    return prepared;
  }
}
