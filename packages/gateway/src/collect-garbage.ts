import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects all garbage of this thread and gives the memory back to the system; takes some 10 ms for each 5 MB that live.
 * Node gives the collector to programs only where it was started so; V8 lets it be asked for later, too.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  // Flags are the process's: another thread that does this may have taken the collector away again.
  const collect: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
