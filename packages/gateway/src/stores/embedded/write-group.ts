import type { DatabaseSync } from "node:sqlite";
import type { PreparedStatements } from "./connection.ts";
import type { Statement, UnitOutcome, WriteResult, WriteUnit } from "./sql.ts";
import { messageOf } from "./store-error.ts";

/**
 * Writes units in one transaction. A unit that fails takes nothing with it but itself; when the transaction itself
 * fails (disk full, I/O error), every unit has failed.
 * @returns one outcome for each unit, in their order. Never throws.
 */
export function writeGroup(
  database: DatabaseSync,
  prepared: PreparedStatements,
  units: readonly WriteUnit[],
): UnitOutcome[] {
  try {
    database.exec("BEGIN IMMEDIATE");
    const outcomes = units.map((unit) => writeUnit(database, prepared, unit));
    database.exec("COMMIT");
    return outcomes;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    return units.map(() => failed(error));
  }
}

/** @throws when the whole transaction is lost. */
function writeUnit(database: DatabaseSync, prepared: PreparedStatements, unit: WriteUnit): UnitOutcome {
  // A single statement that fails undoes itself; only several need a savepoint.
  const [only] = unit;
  const together = unit.length !== 1 || only === undefined;
  try {
    if (!together) return { ok: true, results: [writeOne(prepared, only)] };
    database.exec("SAVEPOINT unit");
    const results = unit.map((statement) => writeOne(prepared, statement));
    database.exec("RELEASE unit");
    return { ok: true, results };
  } catch (error) {
    // A full disk or an I/O error ends the transaction itself: what the other units wrote is gone too.
    if (!database.isTransaction) throw error;
    if (together) database.exec("ROLLBACK TO unit; RELEASE unit");
    return failed(error);
  }
}

function writeOne(prepared: PreparedStatements, { sql, params = [] }: Statement): WriteResult {
  const statement = prepared.get(sql);
  if (statement.columns().length === 0) return { changes: Number(statement.run(...params).changes), rows: [] };
  const rows = statement.all(...params);
  return { changes: rows.length, rows };
}

function failed(error: unknown): UnitOutcome {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return { ok: false, message: messageOf(error), sqliteCode: typeof code === "number" ? code : undefined };
}
