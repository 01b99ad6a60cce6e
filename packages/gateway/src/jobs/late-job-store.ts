import type { JobStore } from "tideover/engine";

/** A store that is opened by its first use. */
export interface LateJobStore {
  readonly store: JobStore;
  /** Resolves when it has been opened; never, where nobody used it. */
  readonly opened: Promise<void>;
  /** Closes it, if it was opened. */
  close(): Promise<void>;
}

/**
 * A store for what few gateways need (answers under an idempotency key, kept responses), so that the others have no
 * file and no thread for it. While it cannot be opened its operations reject, and the next one tries again.
 */
export function lateJobStore(open: () => Promise<JobStore>): LateJobStore {
  const known = Promise.withResolvers<void>();
  let opening: Promise<JobStore> | undefined;
  const opened = () => {
    opening ??= open().then(
      (store) => {
        known.resolve();
        return store;
      },
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };
  const through =
    <Name extends keyof JobStore>(name: Name) =>
    async (...given: Parameters<JobStore[Name]>) => {
      const store = await opened();
      // The compiler does not see that the arguments of a name fit the operation of that name.
      return (store[name] as (...args: unknown[]) => unknown).apply(store, given);
    };
  const store = new Proxy({} as JobStore, {
    get: (_, name) => (typeof name === "string" && name !== "then" ? through(name as keyof JobStore) : undefined),
  });
  return {
    store,
    opened: known.promise,
    async close() {
      if (opening !== undefined) await (await opening).close();
    },
  };
}
