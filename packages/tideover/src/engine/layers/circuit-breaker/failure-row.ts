import { Ewma } from "../../kernels/ewma.ts";
import { SUCCESS_MS_BEFORE_ANY, SUCCESS_TIMES, SUCCESS_WEIGHT } from "./defaults.ts";

/** When a call was let through, and how many of those before it had told no result then. */
export interface CallBeginning {
  /** On the engine's clock, in ms. */
  readonly at: number;
  readonly undecidedBefore: number;
}

/**
 * Failures in a row, and what may yet end it.
 *
 * A provider refuses in milliseconds what it would answer in seconds. Of a burst of calls, or of what has piled up while
 * it paused, the few failures are told before any success, and look like a row; only the calls that are still under
 * way say that they are none (decision 0014).
 */
export class FailureRow {
  readonly #successMs = new Ewma(SUCCESS_WEIGHT);
  /** Calls that are undecided when a success is told. */
  readonly #usuallyUndecided = new Ewma(SUCCESS_WEIGHT);
  #length = 0;
  #first: CallBeginning = { at: 0, undecidedBefore: 0 };

  get length(): number {
    return this.#length;
  }

  /** One more failure, of a call that began so. */
  extend(call: CallBeginning): void {
    if (this.#length === 0) this.#first = call;
    this.#length++;
  }

  /** A success, of a call that took so long (ms) to tell, while so many have told nothing yet. */
  end(tookMs: number, undecided: number): void {
    this.#successMs.add(tookMs);
    this.#usuallyUndecided.add(undecided);
    this.#length = 0;
  }

  /** Nothing is known of it any more. How long a success takes is remembered. */
  clear(): void {
    this.#length = 0;
  }

  /**
   * How many calls may yet turn out to be successes within the row: as many more are undecided now than usually, or than
   * when its first one began. None where it has lasted so long that there would have been one.
   */
  pending(now: number, undecided: number): number {
    const usualMs = this.#successMs.value;
    const longestMs = usualMs === undefined ? SUCCESS_MS_BEFORE_ANY : SUCCESS_TIMES * usualMs;
    if (now - this.#first.at >= longestMs) return 0;
    const { undecidedBefore } = this.#first;
    return Math.max(0, undecided - Math.min(undecidedBefore, this.#usuallyUndecided.value ?? undecidedBefore));
  }
}
