import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./store-error.ts";

/** One step of a schema: SQL that is run once, in order, in one transaction with the number it leaves behind. */
export type Migration = string;

/**
 * Brings a database to the newest schema. The number of steps done is kept in the file itself (SQLite's
 * `user_version`), so a crash between two steps leaves a state that the next start goes on from.
 * @throws StoreError `newer-schema` when the file has more steps than are known here.
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[], path: string): void {
  const found = schemaVersion(database);
  if (found > migrations.length) {
    throw new StoreError(
      "newer-schema",
      `${path} has schema ${found}; this version of Tideover knows schemas up to ${migrations.length}. ` +
        "Use the newer version that wrote it, or another server.dataDir.",
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < found) continue;
    database.exec("BEGIN IMMEDIATE");
    try {
      database.exec(sql);
      database.exec(`PRAGMA user_version=${index + 1}`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** How many migrations a database has seen. */
export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}
