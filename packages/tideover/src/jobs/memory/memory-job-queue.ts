import type { Clock } from "../../engine/clock.ts";
import { sleep } from "../../engine/clock.ts";
import type { JobDelivery, JobQueue } from "../../engine/ports/job-queue.ts";
import type { JobNotice } from "../../engine/ports/job-store.ts";

const SIGNAL: JobDelivery = {
  acknowledge: () => Promise.resolve(),
  giveBack: () => Promise.resolve(),
};

/**
 * The queue within one process: it only wakes workers, and the store chooses the job. It holds nothing, so a hundred
 * thousand waiting jobs cost it nothing, and it cannot lose any.
 */
export class MemoryJobQueue implements JobQueue {
  readonly order = "store";
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  /** Something was published while nobody waited. */
  #pending = false;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publish(notices: readonly JobNotice[]): Promise<readonly string[]> {
    if (notices.length > 0) {
      this.#pending = true;
      for (const wake of this.#waiting) wake();
    }
    return Promise.resolve(notices.map(({ id }) => id));
  }

  async receive(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly JobDelivery[]> {
    if (!this.#pending && !this.#closed && waitMs > 0) {
      const scope = new AbortController();
      const stop = () => scope.abort();
      this.#waiting.add(stop);
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      await sleep(this.#clock, waitMs, scope.signal);
      this.#waiting.delete(stop);
      signal.removeEventListener("abort", stop);
    }
    if (signal.aborted || !this.#pending) return [];
    this.#pending = false;
    return Array.from({ length: limit }, () => SIGNAL);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#pending = false;
    for (const wake of this.#waiting) wake();
    return Promise.resolve();
  }
}
