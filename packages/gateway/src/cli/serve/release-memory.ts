import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How long the server is left alone before it is looked at, in ms. */
const AFTER_MS = 1_000;

/**
 * Gives back, once, the memory that only starting needed: reading the configuration and loading modules makes V8's
 * nursery grow to 32 MB, and a server that then waits for its first callers would keep it. Takes some 30 ms; while
 * anybody waits for an answer it is left undone, for then the memory is in use.
 * @returns what calls it off.
 */
export function releaseStartMemory(isIdle: () => boolean): () => void {
  const timer = setTimeout(() => {
    if (!isIdle()) return;
    // Node gives the collector to programs only where it was started so; V8 lets it be asked for later, too.
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    setFlagsFromString("--no-expose-gc");
    if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" });
  }, AFTER_MS).unref();
  return () => clearTimeout(timer);
}
