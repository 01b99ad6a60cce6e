import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Size at which V8's nursery is kept while batches run, in bytes, both halves together. Left alone it grows to some
 * 100 MiB under any steady load; for work that nobody waits for a third of that costs no speed that could be measured.
 */
const ENOUGH_BYTES = 16 * 1024 * 1024;
/** How often it is looked at until it is that large, in ms: it doubles with every few collections. */
const LOOK_MS = 10;

/**
 * Keeps V8's nursery from growing while batches run. V8 takes its largest size at the start of the process only, but it
 * asks for the growth factor each time: with a factor of 1 it stays as it is.
 */
export class NurseryBound {
  #timer: NodeJS.Timeout | undefined;
  #isHeld = false;

  /** Batches run: from now on it grows no further than is enough. Again and again does no harm. */
  hold(): void {
    if (this.#isHeld || this.#timer !== undefined) return;
    const look = () => {
      const nursery = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      if ((nursery?.space_size ?? 0) < ENOUGH_BYTES) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#isHeld = true;
      setFlagsFromString("--semi-space-growth-factor=1");
    };
    this.#timer = setInterval(look, LOOK_MS).unref();
    look();
  }

  /** No batch runs: V8 decides again. */
  release(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#isHeld) setFlagsFromString("--semi-space-growth-factor=2");
    this.#isHeld = false;
  }
}
