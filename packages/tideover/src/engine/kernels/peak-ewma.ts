/**
 * A moving average of durations that jumps up to every peak and falls slowly, after Finagle's and tower's peak EWMA:
 * one bad answer is noticed at once, and it takes time to be trusted again. Untouched, it goes back to what a place is
 * taken for of which nothing is known, so that neither praise nor blame lasts for ever.
 */
export class PeakEwma {
  readonly #fadeMs: number;
  readonly #unknown: number;
  #value: number;
  #at = Number.NEGATIVE_INFINITY;
  #measured = false;

  /**
   * @param fadeMs in which time the past counts 1/e of what it did
   * @param unknown what is assumed before anything was measured, and long after
   * @throws RangeError for a time that is not positive
   */
  constructor(fadeMs: number, unknown: number) {
    if (!(fadeMs > 0)) throw new RangeError(`A peak average needs a fading time > 0 ms, got ${fadeMs}`);
    this.#fadeMs = fadeMs;
    this.#unknown = unknown;
    this.#value = unknown;
  }

  add(nowMs: number, sample: number): void {
    const past = this.#measured ? Math.exp(-(nowMs - this.#at) / this.#fadeMs) : 0;
    this.#value = sample >= this.#value ? sample : sample + (this.#value - sample) * past;
    this.#at = nowMs;
    this.#measured = true;
  }

  value(nowMs: number): number {
    if (!this.#measured) return this.#unknown;
    return this.#unknown + (this.#value - this.#unknown) * Math.exp(-(nowMs - this.#at) / this.#fadeMs);
  }

  /** Whether it has ever seen a sample. */
  get measured(): boolean {
    return this.#measured;
  }
}
