import { quantile } from "./quantile.ts";

/** Values that are kept as they are, where nothing else is said: enough for exact quantiles of an hour. */
const MOST_EXACT = 50_000;
/** Width of a bucket, as a share of its lower bound: beyond the exact values a quantile is true to half of it. */
const WIDTH = 0.01;
/** Values up to this count as this. */
const LEAST = 0.1;

/**
 * Many values of which quantiles are wanted: exact while they are few, then by buckets whose bounds grow by a constant
 * factor (as DDSketch has them; Masson et al., VLDB 2019), so that memory does not grow with their number.
 */
export class ValueSketch {
  readonly #mostExact: number;
  #exact: number[] = [];
  #buckets: number[] | undefined;
  #count = 0;

  constructor(mostExact: number = MOST_EXACT) {
    this.#mostExact = mostExact;
  }

  /** @param value not negative; what is not a number is left out */
  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.#count++;
    if (this.#buckets === undefined) {
      this.#exact.push(value);
      if (this.#exact.length > this.#mostExact) this.#buckets = this.#inBuckets();
    } else fill(this.#buckets, value);
  }

  /** The value below which a share of the values lies (nearest rank); NaN for no values. */
  at(share: number): number {
    if (this.#buckets === undefined) return quantile(this.#exact, share);
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (const [index, count = 0] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return LEAST * (1 + WIDTH) ** (index - 0.5);
    }
    return Number.NaN;
  }

  /** What was kept as it was, from now on by buckets. */
  #inBuckets(): number[] {
    const buckets: number[] = [];
    for (const value of this.#exact) fill(buckets, value);
    this.#exact = [];
    return buckets;
  }
}

function fill(buckets: number[], value: number): void {
  const index = value <= LEAST ? 0 : Math.ceil(Math.log(value / LEAST) / Math.log(1 + WIDTH));
  while (buckets.length <= index) buckets.push(0);
  buckets[index] = (buckets[index] ?? 0) + 1;
}
