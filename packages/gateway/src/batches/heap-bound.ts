import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/**
 * Size at which V8's nursery is kept while batches run, in bytes, both halves together. Left alone it grows to some
 * 100 MiB under any steady load; for work that nobody waits for a third of that costs no speed that could be measured.
 */
const ENOUGH_BYTES = 16 * 1024 * 1024;
/** How often it is looked at, in ms: it doubles with every few collections, and shrinks in a pause between two batches. */
const LOOK_MS = 20;
/**
 * Garbage that may gather among old objects before they are collected, as a share of what lives, in percent. V8 allows up
 * to three times as much where the collector keeps up, as it does here: with that a batch took 270 MiB, with this 200.
 */
const GARBAGE_PERCENT = 30;

/**
 * Keeps V8's heap from growing while batches run. V8 takes its largest sizes at the start of the process only, but it asks
 * for the factors by which it grows each time: with a factor of 1 the nursery stays as it is.
 *
 * The nursery is looked at as long as batches run, because V8 shrinks it by itself, to 2 MiB, after a moment without much
 * to do. Kept that small it would let nearly everything grow old.
 */
export class HeapBound {
  #timer: NodeJS.Timeout | undefined;
  #isEnough = false;

  /** Batches run: from now on it grows no further than is enough. Again and again does no harm. */
  hold(): void {
    if (this.#timer !== undefined) return;
    setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`);
    const look = () => {
      const nursery = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
      this.#setEnough((nursery?.space_size ?? 0) >= ENOUGH_BYTES);
    };
    this.#timer = setInterval(look, LOOK_MS).unref();
    look();
  }

  /** No batch runs: V8 decides again. */
  release(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#setEnough(false);
    // 0 is V8's own: by how well the collector keeps up.
    setFlagsFromString("--heap-growing-percent=0");
  }

  #setEnough(isEnough: boolean): void {
    if (isEnough === this.#isEnough) return;
    this.#isEnough = isEnough;
    setFlagsFromString(`--semi-space-growth-factor=${isEnough ? 1 : 2}`);
  }
}
