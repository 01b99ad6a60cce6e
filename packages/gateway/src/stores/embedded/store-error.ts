/**
 * What went wrong with an embedded store.
 *
 * - `data-dir-taken`: another process owns the folder.
 * - `data-dir-unusable`: the folder or a file in it cannot be made, read or written.
 * - `newer-schema`: a newer version wrote the database.
 * - `queue-full`: more writes wait than the cap allows; nothing of this one was written.
 * - `statement-failed`: SQLite refused a statement; `sqliteCode` says why. Nothing of its unit was written.
 * - `closed`: the store is closed or closing.
 * - `writer-lost`: the writer thread ended unexpectedly; whether the write was done is unknown.
 */
export type StoreErrorCode =
  | "data-dir-taken"
  | "data-dir-unusable"
  | "newer-schema"
  | "queue-full"
  | "statement-failed"
  | "closed"
  | "writer-lost";

/** An embedded store could not do what was asked; the message says what to do where something can be done. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** SQLite's extended result code, such as 2067 for a broken unique constraint; for `statement-failed`. */
  readonly sqliteCode: number | undefined;

  constructor(code: StoreErrorCode, message: string, details: { sqliteCode?: number; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.sqliteCode = details.sqliteCode;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
