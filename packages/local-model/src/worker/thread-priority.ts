import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";

/**
 * Lets every other thread go before this one and those that it starts, so that on a busy machine live traffic is served
 * first and the model gets what is left. Linux alone has priorities by thread (setpriority(2), "C library/kernel
 * differences"); elsewhere nothing happens, because it would hit the whole process.
 * @returns whether it was done
 */
export function yieldToOthers(platform: string = process.platform): boolean {
  if (platform !== "linux") return false;
  try {
    // The link is resolved for the thread that reads it: `<process>/task/<thread>`.
    const thread = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    if (!Number.isInteger(thread) || thread <= 0) return false;
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    // A sandbox without /proc, or one that forbids it: the model runs all the same.
    return false;
  }
}
