import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock, IdSource } from "tideover/engine";
import type { EmbeddedDatabase, SqlRow, Statement } from "../stores/embedded/index.ts";
import { FILE_KEEP_MS, MOST_TENANT_BYTES, MOST_TENANT_FILES, SWEEP_LIMIT } from "./defaults.ts";

/** What a file is for: what a batch reads, and what it writes. */
export type FilePurpose = "batch" | "batch_output";

/** A file as it is known; times in ms since the Unix epoch. */
export interface StoredFile {
  readonly id: string;
  readonly tenant: string;
  readonly filename: string;
  readonly purpose: FilePurpose;
  readonly bytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What is said of a file that comes. */
export interface NewFile {
  readonly tenant: string;
  readonly filename: string;
  readonly purpose: FilePurpose;
  /** How long it is kept, in ms. */
  readonly keepMs?: number | undefined;
}

/** Which files are listed. */
export interface FileListing {
  readonly tenant: string;
  readonly purpose?: string | undefined;
  /** Goes on after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** The newest first, unless `asc`. */
  readonly order: "asc" | "desc";
}

/** What a {@link FileStore} works with. */
export interface FileStoreParts {
  readonly database: EmbeddedDatabase;
  /** Where the bytes lie; it is made where it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const COLUMNS = "id, tenant, filename, purpose, bytes, created_at, expires_at";

/** Files of tenants: rows in the database, bytes in a folder. A file without a row is nobody's, and goes at the next start. */
export class FileStore {
  readonly #parts: FileStoreParts;

  /** @throws what the file system throws for a folder that cannot be used */
  constructor(parts: FileStoreParts) {
    this.#parts = parts;
    mkdirSync(parts.folder, { recursive: true, mode: 0o700 });
  }

  /** Removes what a process that died left half written. */
  removeOrphans(): void {
    const { database, folder } = this.#parts;
    for (const name of readdirSync(folder)) {
      const known = database.readOne("SELECT 1 AS known FROM files WHERE id = ?", [name]);
      if (known === undefined) rmSync(join(folder, name), { force: true });
    }
  }

  /** Begins a file that nobody sees yet. */
  async begin(): Promise<FileDraft> {
    const { ids, folder } = this.#parts;
    const id = `file-${ids.next().replace(/[^A-Za-z0-9]/g, "")}`.slice(0, 60);
    const path = join(folder, `${id}.part`);
    return new FileDraft(id, path, join(folder, id), await open(path, "wx", 0o600));
  }

  /** Why a tenant may keep no more; undefined where it may. */
  whyFull(tenant: string): string | undefined {
    const row = this.#parts.database.readOne(
      "SELECT count(*) AS files, sum(bytes) AS bytes FROM files WHERE tenant = ?",
      [tenant],
    );
    if (Number(row?.files ?? 0) >= MOST_TENANT_FILES) return `${MOST_TENANT_FILES} files are kept already`;
    if (Number(row?.bytes ?? 0) >= MOST_TENANT_BYTES) return `${MOST_TENANT_BYTES / 1024 ** 3} GiB are kept already`;
    return undefined;
  }

  /** The row of a draft that was finished, and the statement that keeps it: for a unit with others. */
  rowOf(draft: FileDraft, { tenant, filename, purpose, keepMs = FILE_KEEP_MS }: NewFile): [StoredFile, Statement] {
    const createdAt = this.#parts.clock.wallTime();
    const expiresAt = createdAt + keepMs;
    const file = { id: draft.id, tenant, filename, purpose, bytes: draft.bytes, createdAt, expiresAt };
    return [
      file,
      {
        sql: `INSERT INTO files (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        params: [file.id, tenant, filename, purpose, file.bytes, Math.floor(createdAt), Math.floor(expiresAt)],
      },
    ];
  }

  /** Keeps a draft: it is on disk, and there for its tenant, when this resolves. */
  async keep(draft: FileDraft, newFile: NewFile): Promise<StoredFile> {
    await draft.finish();
    const [file, statement] = this.rowOf(draft, newFile);
    await this.#parts.database.writeTogether([statement]);
    return file;
  }

  /** A tenant's file that has not expired. */
  find(id: string, tenant: string): StoredFile | undefined {
    const row = this.#parts.database.readOne(
      `SELECT ${COLUMNS} FROM files WHERE id = ? AND tenant = ? AND expires_at > ?`,
      [id, tenant, Math.floor(this.#parts.clock.wallTime())],
    );
    return row === undefined ? undefined : fileFrom(row);
  }

  /** One more than the limit where there are more. */
  list({ tenant, purpose, after, limit, order }: FileListing): readonly StoredFile[] {
    const { database, clock } = this.#parts;
    const from =
      after === undefined
        ? undefined
        : database.readOne("SELECT seq FROM files WHERE id = ? AND tenant = ?", [after, tenant]);
    if (after !== undefined && from === undefined) return [];
    const isAscending = order === "asc";
    const place = Number(from?.seq ?? (isAscending ? 0 : Number.MAX_SAFE_INTEGER));
    const rows = database.readAll(
      `SELECT ${COLUMNS} FROM files WHERE tenant = ? AND seq ${isAscending ? ">" : "<"} ? AND expires_at > ?
        AND purpose = coalesce(?, purpose) ORDER BY seq ${isAscending ? "ASC" : "DESC"} LIMIT ?`,
      [tenant, place, Math.floor(clock.wallTime()), purpose ?? null, limit + 1],
    );
    return rows.map(fileFrom);
  }

  /** Where a file's bytes lie. */
  pathOf(id: string): string {
    return join(this.#parts.folder, id);
  }

  /** Forgets a tenant's file. False: there is none. */
  async remove(id: string, tenant: string): Promise<boolean> {
    const { changes } = await this.#parts.database.write("DELETE FROM files WHERE id = ? AND tenant = ?", [id, tenant]);
    if (changes > 0) await rm(this.pathOf(id), { force: true });
    return changes > 0;
  }

  /** Forgets all files of a tenant, some at a time. @returns how many */
  async removeAll(tenant: string): Promise<number> {
    const { database } = this.#parts;
    for (let removed = 0; ; ) {
      const some = database.readAll("SELECT id FROM files WHERE tenant = ? LIMIT ?", [tenant, SWEEP_LIMIT]);
      const ids = some.map(({ id }) => String(id));
      // The bytes before the rows: whoever asks again after trouble finds what is left.
      for (const id of ids) await rm(this.pathOf(id), { force: true });
      await database.write("DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))", [JSON.stringify(ids)]);
      removed += ids.length;
      if (ids.length < SWEEP_LIMIT) return removed;
    }
  }

  /** Removes expired files, some at a time. */
  async sweep(): Promise<void> {
    const { changes, rows } = await this.#parts.database.write(
      "DELETE FROM files WHERE seq IN (SELECT seq FROM files WHERE expires_at <= ? LIMIT ?) RETURNING id",
      [Math.floor(this.#parts.clock.wallTime()), SWEEP_LIMIT],
    );
    for (const { id } of rows) await rm(this.pathOf(String(id)), { force: true });
    if (changes === SWEEP_LIMIT) await this.sweep();
  }
}

/** A file that is being written; {@link FileDraft.finish} it or {@link FileDraft.discard} it. */
export class FileDraft {
  readonly id: string;
  readonly #draftPath: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes = 0;
  #isOpen = true;

  constructor(id: string, draftPath: string, path: string, handle: FileHandle) {
    this.id = id;
    this.#draftPath = draftPath;
    this.#path = path;
    this.#handle = handle;
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }

  /** Puts the bytes on disk for good, under their name. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#close();
    await rename(this.#draftPath, this.#path);
    syncFolder(join(this.#path, ".."));
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#draftPath, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }
}

/** A new name survives a crash only once its folder is on disk. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function fileFrom(row: SqlRow): StoredFile {
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    filename: String(row.filename),
    purpose: row.purpose === "batch_output" ? "batch_output" : "batch",
    bytes: Number(row.bytes),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
