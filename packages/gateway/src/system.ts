import { randomUUID } from "node:crypto";
import type { Clock, IdSource, Random, Timer } from "tideover/engine";

/** The longest delay of Node's timers, in ms: above it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Real time. A timer never fires before its time on this very clock (Node's own may, by the length of the turn it
 * was set in), and delays of more than 24 days work. Pending timers keep the process alive.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule: (delayMs, callback) => new SystemTimer(delayMs, callback),
};

/** Randomness for jitter and choices; never for secrets. */
export const systemRandom: Random = { next: () => Math.random() };

/** Unguessable identifiers: UUIDs of version 4. */
export const systemIds: IdSource = { next: () => randomUUID() };

class SystemTimer implements Timer {
  readonly #dueAt: number;
  readonly #callback: () => void;
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#dueAt = performance.now() + delayMs;
    this.#callback = callback;
    this.#handle = this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#fire(), Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS));
  }

  #fire(): void {
    const leftMs = this.#dueAt - performance.now();
    if (leftMs > 0) this.#handle = this.#arm(leftMs);
    else this.#callback();
  }
}
