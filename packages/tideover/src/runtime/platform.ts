import type { Clock, IdSource, Random } from "../engine/index.ts";

/** The longest delay of a platform timer, in ms: above it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Real time from the timers that every platform has. A timer never fires before its time on this very clock, and delays
 * of more than 24 days work. On Node, pending timers keep the process alive.
 */
export const platformClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, callback) {
    const dueAt = performance.now() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    const arm = (ms: number) => {
      handle = setTimeout(
        () => {
          // Timers may fire a little early, and cannot wait longer than 24 days at once.
          const leftMs = dueAt - performance.now();
          if (leftMs > 0) arm(leftMs);
          else callback();
        },
        Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMER_MS),
      );
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Randomness for jitter and choices; never for secrets. */
export const platformRandom: Random = { next: () => Math.random() };

/** Unguessable identifiers: UUIDs of version 4. */
export const platformIds: IdSource = { next: () => crypto.randomUUID() };
