/** What is kept under a key. */
export interface KeptEntry {
  readonly key: string;
  /** When it was put there, in ms since the Unix epoch. */
  readonly at: number;
  /** Whatever a structured clone can hold. */
  readonly value: unknown;
}

/** A small store of entries that outlives the page. */
export interface KeptStore {
  get(key: string): Promise<KeptEntry | undefined>;
  put(entry: KeptEntry): Promise<void>;
  remove(key: string): Promise<void>;
  /** All entries, the oldest first. */
  all(): Promise<readonly KeptEntry[]>;
  clear(): Promise<void>;
}

const TABLE = "kept";

/**
 * Opens a store in IndexedDB. Where there is none (some private windows), it lives as long as the page.
 * @param name the database's name; one for each purpose
 */
export function openKept(name: string): KeptStore {
  const opened = openDatabase(name).catch(() => undefined);
  const memory = new Map<string, KeptEntry>();
  const run = async <Result>(
    mode: IDBTransactionMode,
    work: (table: IDBObjectStore) => IDBRequest<Result>,
    inMemory: () => Result,
  ): Promise<Result> => {
    const database = await opened;
    if (database === undefined) return inMemory();
    return settled(work(database.transaction(TABLE, mode).objectStore(TABLE)));
  };
  return {
    get: (key) =>
      run<KeptEntry | undefined>(
        "readonly",
        (table) => table.get(key),
        () => memory.get(key),
      ),
    put: async (entry) => {
      await run<IDBValidKey>(
        "readwrite",
        (table) => table.put(entry),
        () => {
          memory.set(entry.key, entry);
          return entry.key;
        },
      );
    },
    remove: async (key) => {
      await run<undefined>(
        "readwrite",
        (table) => table.delete(key),
        () => {
          memory.delete(key);
          return undefined;
        },
      );
    },
    all: async () => {
      const entries = await run<KeptEntry[]>(
        "readonly",
        (table) => table.getAll(),
        () => [...memory.values()],
      );
      return entries.toSorted((a, b) => a.at - b.at);
    },
    clear: async () => {
      await run<undefined>(
        "readwrite",
        (table) => table.clear(),
        () => {
          memory.clear();
          return undefined;
        },
      );
    },
  };
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
  return settled(request);
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed without a reason."));
  });
}
