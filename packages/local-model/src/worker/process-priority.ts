import { constants, setPriority } from "node:os";

/**
 * Lets every other process go before this one, so that on a busy machine live traffic is served first and the model gets
 * what is left. On Linux it is the thread's own, which the threads that it starts inherit (setpriority(2), "C
 * library/kernel differences").
 * @returns whether it was done
 */
export function yieldToOthers(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    // A sandbox that forbids it: the model runs all the same.
    return false;
  }
}
