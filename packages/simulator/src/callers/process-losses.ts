import { failure } from "tideover/engine";

/** What a caller's client sees when the process behind it goes: the connection is lost, whatever was on it. */
export const PROCESS_LOST = failure("cancelled", "process-lost", "The process that served this call is gone.");

/** The moments in which the process that serves the callers is lost, with everything in its memory. */
export class ProcessLosses {
  readonly #watchers = new Set<() => void>();

  /** Calls back at the next loss. @returns forgets the watcher */
  watch(lost: () => void): () => void {
    this.#watchers.add(lost);
    return () => {
      this.#watchers.delete(lost);
    };
  }

  /** The process is lost now. */
  strike(): void {
    const struck = [...this.#watchers];
    this.#watchers.clear();
    for (const lost of struck) lost();
  }
}
