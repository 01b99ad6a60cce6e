import {
  type AnswerStore,
  type FoundVector,
  type PurgeSelection,
  type QuestionVector,
  requireSelection,
  type StoredAnswer,
} from "tideover/engine";
import type { DatabaseDefinition, EmbeddedDatabase, SqlValue, Statement } from "../embedded/index.ts";
import { LOOK_AFTER_SHARE, MAX_FILE_BYTES, REMOVE_AT_ONCE, ROOM_LEFT_SHARE } from "./defaults.ts";
import { decodeAnswer, encodeAnswer } from "./encode-answer.ts";
import { decodeVector, encodeVector } from "./encode-vector.ts";

/** The answers' database. A write gives an answer a new, larger id, so ids are the order of storing. */
export const ANSWERS_DATABASE: DatabaseDefinition = {
  name: "answers",
  durability: "fast",
  migrations: [
    `CREATE TABLE answers (
       id INTEGER PRIMARY KEY,
       key TEXT NOT NULL UNIQUE,
       tenant TEXT NOT NULL,
       route TEXT NOT NULL,
       model TEXT NOT NULL,
       stale_until INTEGER NOT NULL,
       value BLOB NOT NULL
     ) STRICT;
     CREATE INDEX answers_by_stale_until ON answers (stale_until);
     CREATE TABLE tags (
       tag TEXT NOT NULL,
       answer INTEGER NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
       PRIMARY KEY (tag, answer)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX tags_by_answer ON tags (answer);`,
    // The vector of an answer's question goes with the answer, whatever removes that.
    `CREATE TABLE vectors (
       answer INTEGER PRIMARY KEY REFERENCES answers (id) ON DELETE CASCADE,
       scope TEXT NOT NULL,
       stored_at INTEGER NOT NULL,
       numbers BLOB NOT NULL
     ) STRICT;
     CREATE INDEX vectors_by_scope ON vectors (scope, stored_at);`,
  ],
};

/** What an {@link SqliteAnswerStore} needs beside its database. */
export interface SqliteAnswerStoreOptions {
  /** Wall-clock time in ms. */
  readonly wallTime: () => number;
  /** Size of the file before old answers give way, in bytes. Default {@link MAX_FILE_BYTES}. */
  readonly maxBytes?: number | undefined;
}

/** Answers in the embedded store: read at once by key, written through the writer thread. */
export class SqliteAnswerStore implements AnswerStore {
  readonly #database: EmbeddedDatabase;
  readonly #wallTime: () => number;
  readonly #maxBytes: number;
  /** Bytes written since the file's size was looked at. */
  #writtenSince = 0;
  #makingRoom: Promise<void> | undefined;

  constructor(database: EmbeddedDatabase, { wallTime, maxBytes = MAX_FILE_BYTES }: SqliteAnswerStoreOptions) {
    this.#database = database;
    this.#wallTime = wallTime;
    this.#maxBytes = maxBytes;
  }

  async get(key: string, _signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const row = this.#database.readOne("SELECT value FROM answers WHERE key = ? AND stale_until > ?", [
      key,
      this.#wallTime(),
    ]);
    return row?.value instanceof Uint8Array ? decodeAnswer(row.value) : undefined;
  }

  async set(key: string, answer: StoredAnswer): Promise<void> {
    const value = await encodeAnswer(answer);
    await this.#database.writeTogether(replaceStatements(key, answer, value));
    this.#writtenSince += value.byteLength;
    if (this.#writtenSince < this.#maxBytes * LOOK_AFTER_SHARE) return;
    this.#writtenSince = 0;
    // Whoever writes waits while room is made: that bounds how far the file can outgrow its bound meanwhile.
    this.#makingRoom ??= this.#makeRoom().finally(() => {
      this.#makingRoom = undefined;
    });
    await this.#makingRoom;
  }

  async setVector(key: string, { scope, storedAt, values }: QuestionVector): Promise<void> {
    const bytes = encodeVector(values);
    await this.#database.write(
      "INSERT OR REPLACE INTO vectors (answer, scope, stored_at, numbers) SELECT id, ?, ?, ? FROM answers WHERE key = ?",
      [scope, Math.floor(storedAt), bytes, key],
    );
    this.#writtenSince += bytes.byteLength;
  }

  async vectors(scope: string, sinceMs: number, most: number, _signal: AbortSignal): Promise<readonly FoundVector[]> {
    const rows = this.#database.readAll(
      `SELECT key, stored_at, numbers FROM vectors JOIN answers ON answers.id = vectors.answer
       WHERE scope = ? AND stored_at >= ? AND stale_until > ? ORDER BY stored_at DESC LIMIT ?`,
      [scope, Math.floor(sinceMs), this.#wallTime(), most],
    );
    return rows.flatMap((row) => {
      const values = row.numbers instanceof Uint8Array ? decodeVector(row.numbers) : undefined;
      return values === undefined ? [] : [{ key: String(row.key), storedAt: Number(row.stored_at), values }];
    });
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    const { where, params } = whereOf(selection);
    return this.#removeAll(where, params);
  }

  /** Resolves when all that was set is written. The database is closed by whoever opened it. */
  async close(): Promise<void> {
    await this.#makingRoom;
    await this.#database.flush();
  }

  /** Removes what is past its time, then the oldest, until the file has room again. */
  async #makeRoom(): Promise<void> {
    if (this.#usedBytes() <= this.#maxBytes) return;
    await this.#removeAll("stale_until <= ?", [this.#wallTime()]);
    while (this.#usedBytes() > this.#maxBytes * ROOM_LEFT_SHARE && (await this.#remove("TRUE", [])).length > 0);
  }

  /** Pages in use; those that are free are filled before the file grows. */
  #usedBytes(): number {
    const page = (name: string) => Number(this.#database.readOne(`PRAGMA ${name}`)?.[name] ?? 0);
    return (page("page_count") - page("freelist_count")) * page("page_size");
  }

  async #removeAll(where: string, params: readonly SqlValue[]): Promise<number> {
    let removed = 0;
    for (let after = 0; ; ) {
      const ids = await this.#remove(where, params, after);
      removed += ids.length;
      if (ids.length < REMOVE_AT_ONCE) return removed;
      // What lies before was looked at already: a tenant's answers may be few among many.
      after = Math.max(...ids);
    }
  }

  /** Removes the oldest. @returns their ids */
  async #remove(where: string, params: readonly SqlValue[], after = 0): Promise<readonly number[]> {
    const oldest = `SELECT id FROM answers WHERE ${where} AND id > ? ORDER BY id LIMIT ${REMOVE_AT_ONCE}`;
    const removal = `DELETE FROM answers WHERE id IN (${oldest}) RETURNING id`;
    const { rows } = await this.#database.write(removal, [...params, after]);
    return rows.map(({ id }) => Number(id));
  }
}

function replaceStatements(key: string, answer: StoredAnswer, value: Uint8Array): Statement[] {
  const { tenant, route, model, staleUntil, tags } = answer;
  return [
    { sql: "DELETE FROM answers WHERE key = ?", params: [key] },
    {
      sql: "INSERT INTO answers (key, tenant, route, model, stale_until, value) VALUES (?, ?, ?, ?, ?, ?)",
      params: [key, tenant, route, model, Math.ceil(staleUntil), value],
    },
    ...[...new Set(tags)].map((tag) => ({
      sql: "INSERT INTO tags (tag, answer) SELECT ?, id FROM answers WHERE key = ?",
      params: [tag, key],
    })),
  ];
}

function whereOf({ key, tenant, route, model, tag }: PurgeSelection): { where: string; params: SqlValue[] } {
  const conditions: string[] = [];
  const params: SqlValue[] = [];
  for (const [column, value] of Object.entries({ key, tenant, route, model })) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    params.push(value);
  }
  if (tag !== undefined) {
    conditions.push("id IN (SELECT answer FROM tags WHERE tag = ?)");
    params.push(tag);
  }
  return { where: conditions.join(" AND "), params };
}
