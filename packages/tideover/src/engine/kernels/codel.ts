/** When a queue counts as standing. Times in ms. */
export interface CoDelShape {
  /** A delay that is fine. */
  readonly targetMs: number;
  /** For how long the delay must stay above the target before anything is done. */
  readonly intervalMs: number;
}

/** Within so many intervals a queue that stands again counts as the same trouble (RFC 8289, section 5.5). */
const SOON_INTERVALS = 16;

/**
 * CoDel (Nichols and Jacobson, RFC 8289): tells a queue that stands from one that only absorbs a burst. What counts
 * is the *least* delay of an interval, not its mean. While the queue stands, something is to be dropped at growing
 * speed: after an interval, then after interval / sqrt(2), interval / sqrt(3) …
 *
 * It has no timer: it is fed the delay whenever somebody joins or leaves the queue.
 */
export class CoDel {
  readonly #shape: CoDelShape;
  /** Since when the delay has been above the target. */
  #aboveSince: number | undefined;
  #dropAt: number | undefined;
  #drops = 0;
  /** When the queue last stopped standing. */
  #stoodUntil = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for times that are not positive */
  constructor(shape: CoDelShape) {
    if (!(shape.targetMs > 0 && shape.intervalMs > 0)) {
      throw new RangeError(`CoDel needs times above 0 ms, got ${shape.targetMs} and ${shape.intervalMs}`);
    }
    this.#shape = shape;
  }

  /** The queue stands: it has not been short for a whole interval. */
  get standing(): boolean {
    return this.#dropAt !== undefined;
  }

  /**
   * Notes how long the longest waiting one has waited, 0 for an empty queue.
   * @returns whether one of the waiting should be dropped now
   */
  observe(nowMs: number, delayMs: number): boolean {
    const { targetMs, intervalMs } = this.#shape;
    if (delayMs < targetMs) {
      if (this.#dropAt !== undefined) this.#stoodUntil = nowMs;
      this.#aboveSince = undefined;
      this.#dropAt = undefined;
      return false;
    }
    this.#aboveSince ??= nowMs;
    if (this.#dropAt === undefined) {
      if (nowMs - this.#aboveSince < intervalMs) return false;
      // A queue that stands again soon after goes on nearly where it was (RFC 8289, section 4.2).
      const soon = nowMs - this.#stoodUntil < SOON_INTERVALS * intervalMs;
      this.#drops = soon ? Math.max(1, this.#drops - 2) : 1;
    } else {
      if (nowMs < this.#dropAt) return false;
      this.#drops++;
    }
    this.#dropAt = nowMs + intervalMs / Math.sqrt(this.#drops);
    return true;
  }
}
