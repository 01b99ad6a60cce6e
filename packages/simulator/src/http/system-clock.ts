import type { Clock, Timer } from "tideover/engine";

/** Longest delay that `setTimeout` takes, ms; beyond it would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Real time. */
export function systemClock(): Clock {
  return {
    now: () => performance.now(),
    wallTime: () => Date.now(),
    schedule(delayMs: number, callback: () => void): Timer {
      const timer = setTimeout(callback, Math.min(LONGEST_TIMEOUT_MS, Math.max(0, delayMs)));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
