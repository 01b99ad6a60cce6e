import type { Clock, Timer } from "tideover/engine";
import type { Totals } from "./totals.ts";

/** Between two looks, in ms. */
const LOOK_EVERY_MS = 100;

/**
 * Measures how late the event loop is: a timer that comes late was held up by other work, as everything else was.
 * @returns what ends it
 */
export function measureLoopDelay(clock: Pick<Clock, "now" | "schedule">, totals: Pick<Totals, "observe">): () => void {
  let timer: Timer;
  const look = (dueAt: number) => {
    const now = clock.now();
    totals.observe("loopDelayMs", Math.max(0, now - dueAt));
    arm(now);
  };
  const arm = (now: number) => {
    const dueAt = now + LOOK_EVERY_MS;
    timer = clock.schedule(LOOK_EVERY_MS, () => look(dueAt));
  };
  arm(clock.now());
  return () => timer.cancel();
}
