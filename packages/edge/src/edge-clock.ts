import type { Clock } from "tideover/engine";
import { platformClock } from "tideover/runtime";

/**
 * The platform's time. On Workers a timer belongs to the request that set it, and another request cannot clear it: so a
 * timer that was cancelled is remembered as such, and does nothing when it fires after all.
 */
export const edgeClock: Clock = {
  now: platformClock.now,
  wallTime: platformClock.wallTime,
  schedule(delayMs, callback) {
    let isOn = true;
    const timer = platformClock.schedule(delayMs, () => {
      if (isOn) callback();
    });
    return {
      cancel() {
        isOn = false;
        timer.cancel();
      },
    };
  },
};
