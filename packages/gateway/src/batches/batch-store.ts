import { FILES_SCHEMA } from "../files/schema.ts";
import type { DatabaseDefinition, EmbeddedDatabase, SqlRow, Statement } from "../stores/embedded/index.ts";
import type { Batch, BatchEnding, BatchProgress, BatchStatus } from "./batch.ts";

const BATCHES_SCHEMA = `
CREATE TABLE batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  key_name TEXT,
  status TEXT NOT NULL,
  ending TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  cancelling_at INTEGER,
  input_file_id TEXT NOT NULL,
  order_json TEXT NOT NULL,
  progress_json TEXT NOT NULL,
  kept_until INTEGER
);
CREATE INDEX batches_of_tenant ON batches (tenant, seq);
CREATE INDEX batches_active ON batches (seq) WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CREATE INDEX batches_kept ON batches (kept_until) WHERE kept_until IS NOT NULL;
`;

/** Files and batches stand in one database, so that a batch and its output are there together or not at all. */
export const BATCHES_DATABASE: DatabaseDefinition = {
  name: "batches",
  migrations: [FILES_SCHEMA, BATCHES_SCHEMA],
  durability: "durable",
};

const ACTIVE = "status IN ('validating', 'in_progress', 'finalizing', 'cancelling')";

/** A change of a batch that is made only while it stands where the change begins. */
export interface BatchMove {
  readonly from: BatchStatus;
  readonly to: BatchStatus;
  readonly ending?: BatchEnding | undefined;
  readonly progress: BatchProgress;
  /** Until when it is listed, in ms since the Unix epoch; for ends. */
  readonly keptUntil?: number | undefined;
  /** Written in the same unit; see {@link BatchStore.move}. */
  readonly beside?: readonly Statement[] | undefined;
}

/** The rows of batches. */
export class BatchStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  async add({ id, tenant, keyName, status, createdAt, expiresAt, order, progress }: Batch): Promise<void> {
    await this.#database.write(
      `INSERT INTO batches (id, tenant, key_name, status, created_at, expires_at, input_file_id, order_json, progress_json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        id,
        tenant,
        keyName ?? null,
        status,
        Math.floor(createdAt),
        Math.floor(expiresAt),
        order.inputFileId,
        JSON.stringify(order),
        JSON.stringify(progress),
      ],
    );
  }

  /** @param tenant whose it must be; absent: anybody's */
  find(id: string, tenant?: string): Batch | undefined {
    const row = this.#database.readOne("SELECT * FROM batches WHERE id = ?", [id]);
    return row === undefined || (tenant !== undefined && row.tenant !== tenant) ? undefined : batchFrom(row);
  }

  /** The newest first; one more than the limit where there are more. */
  list(tenant: string, after: string | undefined, limit: number): readonly Batch[] {
    const place =
      after === undefined
        ? Number.MAX_SAFE_INTEGER
        : Number(
            this.#database.readOne("SELECT seq FROM batches WHERE id = ? AND tenant = ?", [after, tenant])?.seq ?? 0,
          );
    const sql = "SELECT * FROM batches WHERE tenant = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
    return this.#database.readAll(sql, [tenant, place, limit + 1]).map(batchFrom);
  }

  /** Ids of the batches that have not ended, the oldest first. */
  active(): readonly string[] {
    return this.#database.readAll(`SELECT id FROM batches WHERE ${ACTIVE} ORDER BY seq`).map(({ id }) => String(id));
  }

  /** How many batches of a tenant have not ended; of one input file, where that is said. */
  countActive(tenant: string, inputFileId?: string): number {
    const row = this.#database.readOne(
      `SELECT count(*) AS active FROM batches WHERE ${ACTIVE} AND tenant = ? AND input_file_id = coalesce(?, input_file_id)`,
      [tenant, inputFileId ?? null],
    );
    return Number(row?.active ?? 0);
  }

  /** Makes a change, unless the batch was moved by another one. False: it was, and nothing is written but `beside`. */
  async move(id: string, { from, to, ending, progress, keptUntil, beside = [] }: BatchMove): Promise<boolean> {
    const results = await this.#database.writeTogether([
      ...beside,
      {
        sql: `UPDATE batches SET status = ?, ending = coalesce(?, ending), progress_json = ?, kept_until = ?
          WHERE id = ? AND status = ?`,
        params: [to, ending ?? null, JSON.stringify(progress), keptUntil ?? null, id, from],
      },
    ]);
    return results.at(-1)?.changes === 1;
  }

  /** Notes how far a batch has come, wherever it stands. */
  async note(id: string, progress: BatchProgress): Promise<void> {
    await this.#database.write("UPDATE batches SET progress_json = ? WHERE id = ?", [JSON.stringify(progress), id]);
  }

  /** The owner wants it no more; one that is being finished or has ended stays as it is. */
  async cancel(id: string, tenant: string, now: number): Promise<void> {
    await this.#database.write(
      `UPDATE batches SET status = 'cancelling', ending = 'cancelled', cancelling_at = ?
        WHERE id = ? AND tenant = ? AND status IN ('validating', 'in_progress')`,
      [Math.floor(now), id, tenant],
    );
  }

  /** Forgets all batches of a tenant. @returns their ids */
  async removeAll(tenant: string): Promise<readonly string[]> {
    const { rows } = await this.#database.write("DELETE FROM batches WHERE tenant = ? RETURNING id", [tenant]);
    return rows.map(({ id }) => String(id));
  }

  /** Forgets batches past their keeping. */
  async purge(now: number): Promise<void> {
    await this.#database.write("DELETE FROM batches WHERE kept_until IS NOT NULL AND kept_until <= ?", [
      Math.floor(now),
    ]);
  }
}

function batchFrom(row: SqlRow): Batch {
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    keyName: row.key_name === null ? undefined : String(row.key_name),
    status: String(row.status) as BatchStatus,
    ending: row.ending === null ? undefined : (String(row.ending) as BatchEnding),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    cancellingAt: row.cancelling_at === null ? undefined : Number(row.cancelling_at),
    order: JSON.parse(String(row.order_json)),
    progress: JSON.parse(String(row.progress_json)),
  };
}
