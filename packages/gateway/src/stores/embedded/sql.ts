/** A value that SQLite stores. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A row, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** One statement with its parameters, in the order of its question marks. */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
}

/** What a written statement did. */
export interface WriteResult {
  /** Rows inserted, changed or deleted. */
  readonly changes: number;
  /** What a `RETURNING` clause gave; empty without one. */
  readonly rows: readonly SqlRow[];
}

/** Statements that are written together or not at all. */
export type WriteUnit = readonly Statement[];

/** How one unit ended: the results of its statements, or why none of them was written. */
export type UnitOutcome =
  | { readonly ok: true; readonly results: readonly WriteResult[] }
  | { readonly ok: false; readonly message: string; readonly sqliteCode: number | undefined };

/** About how many bytes a unit holds while it waits. */
export function sizeOf(unit: WriteUnit): number {
  let bytes = 0;
  for (const { params } of unit) {
    for (const value of params ?? []) {
      // UTF-16 in memory: two bytes a unit.
      bytes += typeof value === "string" ? value.length * 2 : value instanceof Uint8Array ? value.byteLength : 8;
    }
  }
  return bytes;
}
