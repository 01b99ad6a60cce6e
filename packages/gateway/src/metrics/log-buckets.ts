/** Buckets for each doubling: a value is known to within a fifth of itself. */
const PER_DOUBLING = 4;
/** Doublings below 10 ms: the first bucket ends at about a hundredth of a millisecond. */
const DOUBLINGS_BELOW = 10;
/** Doublings above 10 ms: the last bucket that has an end ends at 87 minutes. */
const DOUBLINGS_ABOVE = 19;
/**
 * The bound that all others are multiples of, in ms: OpenTelemetry's GenAI conventions advise buckets of 10 ms, 20 ms,
 * 40 ms and so on for the duration of an operation, so each of those is a bound here.
 */
const UNIT_MS = 10;

/** Number of buckets; the last one takes what is above every bound. */
export const BUCKETS = (DOUBLINGS_BELOW + DOUBLINGS_ABOVE) * PER_DOUBLING + 2;

/** The bucket of a value in ms: the first one whose upper bound is not below it. */
export function bucketOf(ms: number): number {
  if (!(ms > 0)) return 0;
  const index = Math.ceil(Math.log2(ms / UNIT_MS) * PER_DOUBLING - 1e-9) + DOUBLINGS_BELOW * PER_DOUBLING;
  return index < 0 ? 0 : index < BUCKETS ? index : BUCKETS - 1;
}

/** Upper bound of a bucket, in ms; Infinity for the last one. */
export function upperBoundMs(bucket: number): number {
  return bucket >= BUCKETS - 1 ? Infinity : UNIT_MS * 2 ** (bucket / PER_DOUBLING - DOUBLINGS_BELOW);
}

/** Lower bound of a bucket, in ms. */
function lowerBoundMs(bucket: number): number {
  return bucket === 0 ? 0 : upperBoundMs(bucket - 1);
}

/**
 * A histogram at a moment: how many values fell into which bucket. `buckets` is sparse and flat, index and count by
 * turns, by rising index: `[40, 3, 44, 1]`.
 */
export interface Histogram {
  readonly count: number;
  /** Of all values, in ms. */
  readonly sum: number;
  readonly buckets: readonly number[];
}

/** No value at all. */
export const NO_VALUES: Histogram = { count: 0, sum: 0, buckets: [] };

/** All values of both. */
export function mergeHistograms(one: Histogram, other: Histogram): Histogram {
  return combine(one, other, 1);
}

/** What came to `later` since it was `earlier`. Where `earlier` is not a part of it, nothing goes below zero. */
export function subtractHistograms(later: Histogram, earlier: Histogram): Histogram {
  return combine(later, earlier, -1);
}

function combine(one: Histogram, other: Histogram, sign: 1 | -1): Histogram {
  const buckets: number[] = [];
  let i = 0;
  let j = 0;
  while (i < one.buckets.length || j < other.buckets.length) {
    const left = one.buckets[i] ?? BUCKETS;
    const right = other.buckets[j] ?? BUCKETS;
    const index = Math.min(left, right);
    let count = 0;
    if (left === index) {
      count += one.buckets[i + 1] ?? 0;
      i += 2;
    }
    if (right === index) {
      count += sign * (other.buckets[j + 1] ?? 0);
      j += 2;
    }
    if (count > 0) buckets.push(index, count);
  }
  return { count: Math.max(0, one.count + sign * other.count), sum: Math.max(0, one.sum + sign * other.sum), buckets };
}

/**
 * A quantile of a histogram, in ms: within its bucket as if the values lay evenly on a logarithmic scale.
 * @param share from 0 to 1
 * @returns undefined for a histogram without values
 */
export function quantileOf({ count, buckets }: Histogram, share: number): number | undefined {
  if (count === 0) return undefined;
  const rank = share * count;
  let seen = 0;
  for (let at = 0; at < buckets.length; at += 2) {
    const bucket = buckets[at] ?? 0;
    const size = buckets[at + 1] ?? 0;
    if (seen + size >= rank || at + 2 >= buckets.length) {
      const lower = lowerBoundMs(bucket);
      const upper = upperBoundMs(bucket);
      if (lower === 0) return upper;
      if (upper === Infinity) return lower;
      const part = Math.min(1, Math.max(0, (rank - seen) / size));
      return lower * (upper / lower) ** part;
    }
    seen += size;
  }
  return undefined;
}
