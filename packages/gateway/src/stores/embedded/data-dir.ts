import { join, resolve } from "node:path";
import { type Durability, openForWriting, type WriteTuning } from "./connection.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { EmbeddedDatabase } from "./embedded-database.ts";
import { makeFolder } from "./make-folder.ts";
import { type Migration, migrate } from "./migrate.ts";
import { messageOf, StoreError } from "./store-error.ts";
import { Writer, type WriterFile } from "./writer.ts";

/** A database of a data folder. */
export interface DatabaseDefinition {
  /** Names the file: `<name>.sqlite`. */
  readonly name: string;
  /** All that ever changed its schema, oldest first; steps are only ever added. */
  readonly migrations: readonly Migration[];
  readonly durability: Durability;
  readonly tuning?: WriteTuning | undefined;
}

/** The folder of the embedded stores, owned by this process, with one writer thread for all of its databases. */
export class DataDir {
  /** Absolute. */
  readonly path: string;
  readonly #unlock: () => void;
  readonly #files = new Map<string, WriterFile>();
  readonly #open = new Map<string, EmbeddedDatabase>();
  #writer: Writer;
  #closing: Promise<void> | undefined;

  private constructor(path: string, unlock: () => void) {
    this.path = path;
    this.#unlock = unlock;
    this.#writer = new Writer(this.#files);
  }

  /**
   * Makes the folder where it is missing (readable by its owner only: it holds prompts and answers) and takes it.
   * @param what this process runs, told to whoever wants the folder too, such as `tideover serve`.
   * @throws StoreError `data-dir-taken` or `data-dir-unusable`.
   */
  static open(folder: string, what: string): DataDir {
    const path = resolve(folder);
    return orUnusable(path, () => {
      makeFolder(path);
      return new DataDir(path, lockDataDir(path, what));
    });
  }

  /**
   * Opens a database and brings its schema up to date; the same name gives the same database.
   * @throws StoreError `newer-schema`, `data-dir-unusable` or `closed`.
   */
  database({ name, migrations, durability, tuning }: DatabaseDefinition): EmbeddedDatabase {
    if (this.#closing !== undefined) throw new StoreError("closed", `The folder ${this.path} is closed.`);
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const path = join(this.path, `${name}.sqlite`);
    return orUnusable(path, () => {
      const connection = openForWriting(path, durability, tuning);
      try {
        migrate(connection, migrations, path);
        // The reader comes before this connection goes: a database without any would fold its log away and back.
        const database = new EmbeddedDatabase(path, (units) => this.#writer.write(name, units));
        this.#files.set(name, { path, durability, tuning });
        this.#writer.opened(name);
        this.#open.set(name, database);
        return database;
      } finally {
        connection.close();
      }
    });
  }

  /** {@link EmbeddedDatabase.scrub}s every database that is open, one after the other. */
  async scrub(): Promise<void> {
    for (const database of this.#open.values()) await database.scrub();
  }

  /** Writes what waits, closes everything and lets the folder go. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((database) => database.close()));
    await this.#writer.close();
    this.#unlock();
  }
}

function orUnusable<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("data-dir-unusable", `${path} cannot be used (server.dataDir): ${messageOf(error)}`, {
      cause: error,
    });
  }
}
