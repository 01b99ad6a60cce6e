import { performance } from "node:perf_hooks";

/** What one look at the event loop has found. */
export interface LoopLook {
  /** How much later than it should have the look came, in ms: what anything that is due waits. */
  readonly delayMs: number;
  /** Share of the time since the last look in which the loop was not idle. */
  readonly busyShare: number;
}

/** Looks at the event loop of this process again and again; gives back what ends it. */
export type WatchLoop = (everyMs: number, listener: (look: LoopLook) => void) => () => void;

/** The event loop of this very process. Its timer alone keeps no process alive. */
export const watchLoop: WatchLoop = (everyMs, listener) => {
  let last = performance.eventLoopUtilization();
  let due = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    const delayMs = Math.max(0, now - due);
    due = now + everyMs;
    listener({ delayMs, busyShare: utilization });
  }, everyMs).unref();
  return () => clearInterval(timer);
};
