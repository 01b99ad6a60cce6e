import type { WriteUnit } from "./sql.ts";

/** Writes the file anew, without free pages and what was deleted in the others. */
export const REWRITE = "VACUUM";
/** Puts all of the log into the file and cuts it to nothing; its row says in `busy` (1) that somebody was in the way. */
export const EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)";

/** Whether a unit is one of these, which SQLite runs outside of every transaction only. */
export function isUpkeep([only, ...more]: WriteUnit): boolean {
  return more.length === 0 && (only?.sql === REWRITE || only?.sql === EMPTY_LOG);
}
