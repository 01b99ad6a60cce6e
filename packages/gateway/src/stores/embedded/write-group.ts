import type { DatabaseSync } from "node:sqlite";
import type { PreparedStatements } from "./connection.ts";
import type { Statement, UnitOutcome, WriteResult, WriteUnit } from "./sql.ts";
import { messageOf } from "./store-error.ts";
import { isUpkeep } from "./upkeep.ts";

/**
 * Writes units as {@link writeTogether} does; those that run outside of transactions only stand between two of them.
 * @returns one outcome for each unit, in their order. Never throws.
 */
export function writeGroup(
  database: DatabaseSync,
  prepared: PreparedStatements,
  units: readonly WriteUnit[],
): UnitOutcome[] {
  const at = units.findIndex(isUpkeep);
  const unit = units[at];
  if (unit === undefined) return units.length === 0 ? [] : writeTogether(database, prepared, units);
  return [
    ...writeGroup(database, prepared, units.slice(0, at)),
    keepUp(database, unit),
    ...writeGroup(database, prepared, units.slice(at + 1)),
  ];
}

function keepUp(database: DatabaseSync, unit: WriteUnit): UnitOutcome {
  try {
    return { ok: true, results: unit.map(({ sql }) => ({ changes: 0, rows: database.prepare(sql).all() })) };
  } catch (error) {
    return failed(error);
  }
}

/**
 * Writes units in one transaction. A unit that fails takes nothing with it but itself; when the transaction itself
 * fails (disk full, I/O error), every unit has failed.
 * @returns one outcome for each unit, in their order. Never throws.
 */
function writeTogether(
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
