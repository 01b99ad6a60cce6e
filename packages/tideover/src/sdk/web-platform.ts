import type { Clock, IdSource, Random } from "../engine/index.ts";

/** The longest delay of a platform timer, in ms: above it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time from the web's own timers. */
export const webClock: Clock = {
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
        Math.min(Math.ceil(ms), LONGEST_TIMER_MS),
      );
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Randomness for jitter; never for secrets. */
export const webRandom: Random = { next: () => Math.random() };

/** UUIDs of version 4. */
export const webIds: IdSource = { next: () => crypto.randomUUID() };
