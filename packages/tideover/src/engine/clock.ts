/**
 * Time as the engine sees it. Injected everywhere, so that the same code runs on real time in production and
 * on virtual time in tests and in the simulator.
 */
export interface Clock {
  /** Monotonic time in ms since an arbitrary origin. */
  now(): number;
  /** Wall-clock time in ms since the Unix epoch: only for what people and other systems read. */
  wallTime(): number;
  /** Runs `callback` once, `delayMs` from now, unless the timer is cancelled before. */
  schedule(delayMs: number, callback: () => void): Timer;
}

/** A pending callback of {@link Clock.schedule}. */
export interface Timer {
  /** Forgets the callback. Calling it after the callback ran, or twice, does nothing. */
  cancel(): void;
}

/**
 * Waits `delayMs`, or until `signal` aborts.
 * @returns true when the time has passed, false when the signal aborted first. Never rejects.
 */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      timer.cancel();
      resolve(false);
    };
    const timer = clock.schedule(delayMs, () => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
