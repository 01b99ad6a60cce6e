import { collectGarbage } from "../../collect-garbage.ts";

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
    if (isIdle()) collectGarbage();
  }, AFTER_MS).unref();
  return () => clearTimeout(timer);
}
