import { copyFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { READ_BUSY_TIMEOUT_MS } from "./defaults.ts";
import { makeFolder } from "./make-folder.ts";
import { messageOf, StoreError } from "./store-error.ts";

/** What was copied. */
export interface BackedUp {
  /** Path within the data folder. */
  readonly file: string;
  readonly bytes: number;
}

const DATABASE = /\.sqlite$/;
/** What belongs to a running process, or to SQLite: the lock, its holder, logs that a database's copy holds already. */
const LEFT_OUT = /^(lock\.sqlite|owner\.json)$|\.sqlite-(wal|shm|journal)$/;

/**
 * Copies a data folder while a gateway uses it: each database as one moment of it (`VACUUM INTO`, which also leaves out
 * free pages), then the other files. Databases are of slightly different moments; none refers to another's rows so that
 * that would matter.
 * @param to a folder that is empty or not there
 * @throws StoreError `data-dir-unusable` for a folder that is not there, or one that has something in it
 */
export function backUp(from: string, to: string): readonly BackedUp[] {
  const source = resolve(from);
  const target = resolve(to);
  if (!existsSync(source)) throw unusable(`There is no data folder ${source} (server.dataDir).`);
  if (existsSync(target) && readdirSync(target).length > 0) throw unusable(`${target} is not empty.`);
  const inside = `${target}/`.startsWith(`${source}/`);
  if (inside) throw unusable(`${target} lies in the data folder itself.`);
  try {
    makeFolder(target);
    return filesIn(source).map((file) => {
      const copy = join(target, file);
      makeFolder(join(copy, ".."));
      if (DATABASE.test(file)) copyDatabase(join(source, file), copy);
      else copyFileSync(join(source, file), copy);
      return { file, bytes: statSync(copy).size };
    });
  } catch (error) {
    throw unusable(`${source} could not be copied to ${target}: ${messageOf(error)}`, error);
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function copyDatabase(from: string, to: string): void {
  const database = new DatabaseSync(from, { readOnly: true, timeout: READ_BUSY_TIMEOUT_MS });
  try {
    database.prepare("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

function unusable(message: string, cause?: unknown): StoreError {
  return new StoreError("data-dir-unusable", message, cause === undefined ? {} : { cause });
}
