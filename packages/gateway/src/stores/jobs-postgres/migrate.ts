import type { ClientBase } from "pg";
import { POSTGRES_JOB_MIGRATIONS } from "./schema.ts";

/** Names the lock that only one process holds while it changes the schema: "tideover" in ASCII. */
const SCHEMA_LOCK = "8388346167778764146";

/** The database was written by a newer version of Tideover. */
export class NewerSchema extends Error {
  override readonly name = "NewerSchema";
}

/**
 * Brings a database to the newest schema; of several processes that try at once one does it and the others wait for it.
 * All or nothing.
 * @throws NewerSchema when the database has more steps than are known here, and what PostgreSQL refuses
 */
export async function migratePostgres(client: ClientBase): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
    await client.query("CREATE TABLE IF NOT EXISTS tideover_schema (version integer PRIMARY KEY)");
    const { rows } = await client.query<{ version: number | null }>(
      "SELECT max(version) AS version FROM tideover_schema",
    );
    const found = rows[0]?.version ?? 0;
    if (found > POSTGRES_JOB_MIGRATIONS.length) throw newer(found);
    for (const [index, sql] of POSTGRES_JOB_MIGRATIONS.entries()) {
      if (index < found) continue;
      await client.query(sql);
      await client.query("INSERT INTO tideover_schema VALUES ($1)", [index + 1]);
    }
    await client.query("COMMIT");
  } catch (error) {
    // Where the connection itself is lost, PostgreSQL undoes it by itself and the first error tells.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

function newer(found: number): NewerSchema {
  return new NewerSchema(
    `it has schema ${found}; this version of Tideover knows schemas up to ${POSTGRES_JOB_MIGRATIONS.length}. ` +
      "Use the newer version that wrote it, or another database.",
  );
}
