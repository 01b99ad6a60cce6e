import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, StoreError } from "./store-error.ts";

/** Who owns a folder, as the next process is told. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** What it runs, such as `tideover serve`. */
  readonly what: string;
  /** ISO 8601. */
  readonly since: string;
}

const LOCK_FILE = "lock.sqlite";
const OWNER_FILE = "owner.json";
/** SQLite's primary result code for a lock that another holds. */
const SQLITE_BUSY = 5;

/**
 * Takes a folder for this process. The lock is the operating system's, held through SQLite for as long as the process
 * lives: it needs no clean-up after kill -9, and no guess about the age of a file or the pid in it.
 * @param what is shown to whoever comes second.
 * @returns the function that lets it go.
 * @throws StoreError `data-dir-taken` naming the folder and its holder.
 */
export function lockDataDir(folder: string, what: string): () => void {
  const lock = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      "data-dir-taken",
      `The folder ${folder} is in use by ${holderOf(folder)}. One process owns a data folder: stop that one, or give this one another with server.dataDir.`,
      { cause: error },
    );
  }
  const owner: Owner = { pid: process.pid, host: hostname(), what, since: new Date().toISOString() };
  try {
    writeFileSync(join(folder, OWNER_FILE), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    throw error;
  }
  return () => lock.close();
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" && (code & 0xff) === SQLITE_BUSY;
}

function holderOf(folder: string): string {
  try {
    const { pid, host, what, since } = JSON.parse(readFileSync(join(folder, OWNER_FILE), "utf8")) as Partial<Owner>;
    return `"${what}" (process ${pid} on ${host}, since ${since})`;
  } catch (error) {
    return `another process (its name cannot be read: ${messageOf(error)})`;
  }
}
