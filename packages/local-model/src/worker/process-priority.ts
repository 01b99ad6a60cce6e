import { execFile } from "node:child_process";
import { constants, setPriority } from "node:os";

/** How long the command that changes the scheduling may take, in ms. */
const CHANGE_MS = 5_000;

/** What a process was made to give way with: Linux's idle class, a lower priority, or nothing that was allowed. */
type Yielding = "idle" | "lower-priority" | "none";

/**
 * Lets every other process go before this one, so that on a busy machine live traffic is served first and the model gets
 * what is left.
 *
 * On Linux that is the scheduling class `SCHED_IDLE` (sched(7)): a lower priority alone is a smaller share, and a
 * thread that has just been given the core keeps it for some milliseconds, which live answers pay for with every piece.
 * Node has no call for it; `chrt` of util-linux, which every distribution has, does. Threads that are started later
 * inherit it.
 * @param platform as `process.platform` has it
 * @param change the program that changes the class
 */
export function yieldToOthers(platform: string = process.platform, change = "chrt"): Promise<Yielding> {
  const lower = lowered();
  if (platform !== "linux") return Promise.resolve(lower);
  const args = ["--idle", "--all-tasks", "--pid", "0", String(process.pid)];
  return new Promise((resolve) => {
    // Where it is not there, or not allowed, the lower priority is what there is.
    execFile(change, args, { timeout: CHANGE_MS }, (error) => resolve(error === null ? "idle" : lower));
  });
}

function lowered(): Yielding {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    return "lower-priority";
  } catch {
    // A sandbox that forbids it: the model runs all the same.
    return "none";
  }
}
