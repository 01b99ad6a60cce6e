/**
 * An exponentially weighted moving average over samples. The first `1 / weight` samples count alike (a plain mean),
 * so that the first one does not rule the average for long.
 */
export class Ewma {
  readonly #weight: number;
  #count = 0;
  #value = 0;

  /**
   * @param weight share of the newest sample, 0.01 for "about the last hundred"
   * @throws RangeError for a weight outside (0, 1]
   */
  constructor(weight: number) {
    if (!(weight > 0 && weight <= 1)) throw new RangeError(`A moving average needs 0 < weight <= 1, got ${weight}`);
    this.#weight = weight;
  }

  add(sample: number): void {
    this.#count++;
    this.#value += Math.max(this.#weight, 1 / this.#count) * (sample - this.#value);
  }

  /** The average, undefined before the first sample. */
  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#value;
  }

  /** How many samples it has seen. */
  get count(): number {
    return this.#count;
  }
}

/** A faded count below this says nothing any more: three fading times after the last of a few events. */
const LEAST_WEIGHT = 0.05;

/**
 * How often something happens, as a count that fades with time: an event weighs 1 at once and 1/e one `fadeMs` later.
 * What has not been watched for long is scaled up for the time that is missing.
 */
export class FadingRate {
  readonly #fadeMs: number;
  #weight = 0;
  #countedAt = 0;
  #firstAt: number | undefined;

  /** @throws RangeError for a time that is not positive */
  constructor(fadeMs: number) {
    if (!(fadeMs > 0)) throw new RangeError(`A rate needs a fading time > 0 ms, got ${fadeMs}`);
    this.#fadeMs = fadeMs;
  }

  /** Notes one event. The first only starts the watch: before it, nothing is known of the time between events. */
  add(nowMs: number): void {
    if (this.#firstAt === undefined) this.#firstAt = nowMs;
    else this.#weight = this.#faded(nowMs) + 1;
    this.#countedAt = nowMs;
  }

  /** Events per ms; undefined before two have been seen at different times, and when they were long ago. */
  perMs(nowMs: number): number | undefined {
    const weight = this.#faded(nowMs);
    if (this.#firstAt === undefined || weight < LEAST_WEIGHT || nowMs <= this.#firstAt) return undefined;
    const watched = 1 - Math.exp(-(nowMs - this.#firstAt) / this.#fadeMs);
    return weight / (this.#fadeMs * watched);
  }

  #faded(nowMs: number): number {
    return this.#weight * Math.exp(-(nowMs - this.#countedAt) / this.#fadeMs);
  }
}
