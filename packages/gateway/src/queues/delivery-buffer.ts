import type { JobDelivery } from "tideover/engine";
import { HELD_MS } from "./defaults.ts";
import { JOB_CLASSES, type JobClass } from "./job-class.ts";

interface Waiter {
  readonly wake: () => void;
}

/** What was delivered and not asked for yet. Gives the most urgent first. Bounded by what the broker may send unasked. */
export class DeliveryBuffer {
  readonly #held = new Map<JobClass, { readonly delivery: JobDelivery; readonly since: number }[]>(
    JOB_CLASSES.map((name) => [name, []]),
  );
  readonly #waiting = new Set<Waiter>();
  readonly #now: () => number;
  readonly #idle: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * @param now the time in ms
   * @param idle called when something was held for {@link HELD_MS} and nobody has asked for it; it has been given back
   */
  constructor(now: () => number, idle?: () => void) {
    this.#now = now;
    this.#idle = idle;
  }

  /** How many deliveries are held. */
  get size(): number {
    let size = 0;
    for (const entries of this.#held.values()) size += entries.length;
    return size;
  }

  add(name: JobClass, delivery: JobDelivery): void {
    if (this.#closed) {
      void delivery.giveBack();
      return;
    }
    this.#held.get(name)?.push({ delivery, since: this.#now() });
    for (const { wake } of this.#waiting) wake();
    this.#watch();
  }

  /** As `JobQueue.receive`. */
  async take(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly JobDelivery[]> {
    if (this.size === 0 && waitMs > 0 && !this.#closed && !signal.aborted) await this.#wait(waitMs, signal);
    if (signal.aborted) return [];
    const taken: JobDelivery[] = [];
    for (const entries of this.#held.values()) {
      taken.push(...entries.splice(0, Math.max(0, limit - taken.length)).map(({ delivery }) => delivery));
    }
    return taken;
  }

  /** Gives back what is held. */
  async giveBack(): Promise<void> {
    const all = [...this.#held.values()].flatMap((entries) => entries.splice(0));
    await Promise.all(all.map(({ delivery }) => delivery.giveBack()));
  }

  /** Forgets what is held: its connection is gone, and the broker delivers it again. */
  forget(): void {
    for (const entries of this.#held.values()) entries.splice(0);
  }

  /** Gives back what is held, and wakes who waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { wake } of this.#waiting) wake();
    await this.giveBack();
  }

  #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(waiter);
        resolve();
      };
      const waiter = { wake };
      const timer = setTimeout(wake, waitMs);
      signal.addEventListener("abort", wake, { once: true });
      this.#waiting.add(waiter);
    });
  }

  #watch(): void {
    if (this.#idle === undefined || this.#timer !== undefined || this.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const late = this.#now() - HELD_MS;
      if (![...this.#held.values()].some((entries) => entries.some(({ since }) => since <= late))) {
        this.#watch();
        return;
      }
      void this.giveBack();
      this.#idle?.();
    }, HELD_MS);
  }
}
