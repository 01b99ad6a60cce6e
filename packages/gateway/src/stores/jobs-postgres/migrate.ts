import type { ClientBase } from "pg";
import { POSTGRES_JOB_MIGRATIONS } from "./schema.ts";

/** Names the lock that only one process holds while it changes the schema: "tideover" in ASCII. */
const SCHEMA_LOCK = "8388346167778764146";

/** What a part of Tideover keeps in a database, apart from what other parts keep there. */
export interface PostgresSchema {
  /** The table that says how far the database has come; a plain name. */
  readonly table: string;
  /** All that ever changed it, oldest first; steps are only ever added. */
  readonly migrations: readonly string[];
}

/** The jobs' tables. */
export const JOB_SCHEMA: PostgresSchema = { table: "tideover_schema", migrations: POSTGRES_JOB_MIGRATIONS };

/** The database was written by a newer version of Tideover. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}

/**
 * Brings a database to the newest schema; of several processes that try at once one does it and the others wait for it.
 * All or nothing.
 * @throws NewerSchema when the database has more steps than are known here, and what PostgreSQL refuses
 */
export async function migratePostgres(client: ClientBase, { table, migrations }: PostgresSchema): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS ${table} (version integer PRIMARY KEY)`);
    const { rows } = await client.query<{ version: number | null }>(`SELECT max(version) AS version FROM ${table}`);
    const found = rows[0]?.version ?? 0;
    if (found > migrations.length) throw newer(found, migrations.length);
    for (const [index, sql] of migrations.entries()) {
      if (index < found) continue;
      await client.query(sql);
      await client.query(`INSERT INTO ${table} VALUES ($1)`, [index + 1]);
    }
    await client.query("COMMIT");
  } catch (error) {
    // Where the connection itself is lost, PostgreSQL undoes it by itself and the first error tells.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

function newer(found: number, known: number): NewerSchema {
  return new NewerSchema(
    `it has schema ${found}; this version of Tideover knows schemas up to ${known}. ` +
      "Use the newer version that wrote it, or another database.",
  );
}
