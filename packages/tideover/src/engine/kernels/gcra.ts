/** So many units in so much time, and how many at once. */
export interface GcraShape {
  /** Units that flow back per `perMs`. */
  readonly count: number;
  readonly perMs: number;
  /** Units that may be taken at once when nothing has been taken for long. */
  readonly burst: number;
}

/**
 * The generic cell rate algorithm (ITU-T I.371), weighted: a rate limit in one number, exact, without buckets or
 * timers. The number is the *theoretical arrival time*: when everything taken so far would have been due at the
 * steady rate. It runs ahead of now by what has been taken and has not flowed back yet.
 */
export class Gcra {
  readonly #msPerUnit: number;
  readonly #burst: number;
  #dueAt = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a shape that lets nothing pass */
  constructor({ count, perMs, burst }: GcraShape) {
    if (!(count > 0 && perMs > 0 && burst > 0)) {
      throw new RangeError(`A rate needs count, time and burst above 0, got ${count} per ${perMs} ms, burst ${burst}`);
    }
    this.#msPerUnit = perMs / count;
    this.#burst = burst;
  }

  /**
   * Takes `units` if they are there.
   *
   * More units than the whole burst are let through when nothing is taken, and are then paid off before anything
   * else passes: otherwise a long prompt would never be served at all.
   * @returns 0 when they were taken; otherwise nothing was, and this many ms later they would be there
   */
  reserve(nowMs: number, units: number): number {
    const due = Math.max(this.#dueAt, nowMs);
    const waitMs = due + (Math.min(units, this.#burst) - this.#burst) * this.#msPerUnit - nowMs;
    if (waitMs > 0) return waitMs;
    this.#dueAt = due + units * this.#msPerUnit;
    return 0;
  }

  /**
   * Replaces what was reserved by what was really used: gives back the difference, or takes it even when it is not
   * there, so that those who need more than they said wait longer afterwards.
   */
  settle(nowMs: number, reserved: number, used: number): void {
    // A refund below "nothing taken" would grow into a larger burst than allowed; `available` and `reserve` read any
    // time in the past as "nothing taken", so none can.
    this.#dueAt = Math.max(this.#dueAt, nowMs) + (used - reserved) * this.#msPerUnit;
  }

  /** Units that could be taken now; below 0 after more was used than was reserved. */
  available(nowMs: number): number {
    return this.#burst - Math.max(0, this.#dueAt - nowMs) / this.#msPerUnit;
  }

  /** Nothing is taken, so that forgetting this limit changes nothing. */
  full(nowMs: number): boolean {
    return this.#dueAt <= nowMs;
  }
}
