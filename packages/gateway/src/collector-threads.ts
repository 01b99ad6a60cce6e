import { readdirSync, readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** The threads of this process, as Linux shows them. */
const THREADS = "/proc/self/task";
/** What V8's platform calls the threads that mark, move and sweep beside the program. */
const HELPER = "V8Worker";

/**
 * Lets the collector's helper threads give way to the event loop. They are there to collect while the program runs, on
 * cores that are free; where none is (one core, or as many processes as cores) each takes as large a share of the core as
 * the loop, and for the tenth of a second that a collection of the old generation takes every stream stutters. With the
 * lowest priority they take what the loop leaves, and on a free core all of it.
 *
 * Linux only, where a thread has a priority of its own; elsewhere, and where it is not allowed, nothing changes.
 * @returns how many give way
 */
export function lowerCollectorThreads(): number {
  let lowered = 0;
  try {
    for (const thread of readdirSync(THREADS)) {
      if (readFileSync(`${THREADS}/${thread}/comm`, "utf8").trim() !== HELPER) continue;
      setPriority(Number(thread), constants.priority.PRIORITY_LOW);
      lowered++;
    }
  } catch {
    // No such folder, or a sandbox that forbids it: collections cost what they cost everybody.
  }
  return lowered;
}
