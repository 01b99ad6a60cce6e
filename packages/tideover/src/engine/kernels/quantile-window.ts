import { RingWindow } from "./ring-window.ts";

/** Upper bound of the first histogram bucket, in ms: nothing that is measured here is faster in a way that matters. */
const FIRST_BOUND_MS = 50;
/** Each bucket reaches a tenth further than the one before: a quantile is at most 10% too high, never too low. */
const GROWTH = 1.1;
/** Buckets; the last bound is 1.1^108 x 50 ms, about 25 min. Longer times go into the last one. */
const BOUNDS = 109;
/** Parts of the window: an old value is forgotten within a tenth of the window of its time. */
const PARTS = 10;
/** Column of the number of all values; the seen ones come after it, then those known only to be longer. */
const COUNT = 0;
const SEEN = 1;
const LONGER = SEEN + BOUNDS;

/**
 * Quantiles of durations over the last so many ms, in constant memory, where some durations are only known to be
 * longer than a bound (right-censored: what was waited for had been given up).
 *
 * The estimate is Kaplan and Meier's product limit (JASA 53, 1958). Leaving the given-up ones out would show the
 * winners only: the quantile would fall with every hedge, and the hedges would come ever sooner.
 */
export class QuantileWindow {
  readonly #window: RingWindow;

  /**
   * @param windowMs how far back values count, in ms
   * @throws RangeError for a window that is not positive
   */
  constructor(windowMs: number) {
    if (!(windowMs > 0)) throw new RangeError(`A quantile window needs a length > 0 ms, got ${windowMs}`);
    this.#window = new RingWindow(1 + 2 * BOUNDS, PARTS, windowMs / PARTS);
  }

  /** Notes a duration in ms. */
  add(nowMs: number, durationMs: number): void {
    this.#note(nowMs, SEEN + bucketOf(durationMs));
  }

  /** Notes a duration of which only is known that it is longer than so many ms. */
  addLonger(nowMs: number, thanMs: number): void {
    this.#note(nowMs, LONGER + bucketOf(thanMs));
  }

  /** How many durations the window holds, of both kinds. */
  count(nowMs: number): number {
    return this.#window.total(nowMs, COUNT);
  }

  /**
   * The time, in ms, within which this share of the durations ends; at most a tenth too high. Where so many were
   * given up that the share cannot be known, it is the longest time that was waited; undefined while there are none.
   * @param share in (0, 1), 0.95 for the p95
   */
  quantile(nowMs: number, share: number): number | undefined {
    let atRisk = this.count(nowMs);
    if (atRisk === 0) return undefined;
    let lasting = 1;
    for (let bucket = 0; bucket < BOUNDS; bucket++) {
      const seen = this.#window.total(nowMs, SEEN + bucket);
      lasting *= 1 - seen / atRisk;
      // Rounding of the product must not push a share that is reached exactly into the next bucket.
      if (lasting <= 1 - share + Number.EPSILON * BOUNDS) return boundOf(bucket);
      atRisk -= seen + this.#window.total(nowMs, LONGER + bucket);
      if (atRisk <= 0) return boundOf(bucket);
    }
    return boundOf(BOUNDS - 1);
  }

  #note(nowMs: number, column: number): void {
    this.#window.add(nowMs, COUNT, 1);
    this.#window.add(nowMs, column, 1);
  }
}

function bucketOf(ms: number): number {
  if (!(ms > FIRST_BOUND_MS)) return 0;
  return Math.min(BOUNDS - 1, Math.ceil(Math.log(ms / FIRST_BOUND_MS) / Math.log(GROWTH)));
}

function boundOf(bucket: number): number {
  return FIRST_BOUND_MS * GROWTH ** bucket;
}
