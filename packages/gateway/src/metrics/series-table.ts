import { BUCKETS, bucketOf, type Histogram } from "./log-buckets.ts";
import { seriesKey } from "./snapshot.ts";

/** Most values of one label; newcomers beyond it share the word `other`. */
const MOST_WORDS = 64;
/** Bits of a label's place in a series' number: so many words and no more. */
const WORD_BITS = 6;
/** Most series of one family; what would be one more is counted under `other` in every label. */
const MOST_SERIES = 1_024;
const OTHER = "other";
/** Five labels of six bits are a small integer, which a Map finds without allocating. */
const MOST_LABELS = 5;

/** The values of one label, numbered in the order in which they came. */
class Words {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  /** The word that was asked for last: nearly always the next one too. */
  #last: string | undefined;
  #lastNumber = 0;

  numberOf(word: string): number {
    if (word === this.#last) return this.#lastNumber;
    const number = this.#find(word);
    this.#last = word;
    this.#lastNumber = number;
    return number;
  }

  #find(word: string): number {
    return this.#numbers.get(word) ?? this.#add(word);
  }

  wordOf(number: number): string {
    return this.#words[number] ?? OTHER;
  }

  #add(word: string): number {
    const isFull = this.#words.length >= MOST_WORDS - 1;
    if (isFull && word !== OTHER) return this.#find(OTHER);
    const number = this.#words.length;
    // A line break would look like the end of a label in a series' key.
    this.#words.push(word.replaceAll("\n", " "));
    this.#numbers.set(word, number);
    return number;
  }
}

/** Finds the place of a series among those of its family; nothing is allocated for one that is known. */
class SeriesIndex {
  readonly #labels: readonly Words[];
  readonly #places = new Map<number, number>();
  readonly #keys: number[] = [];
  /** The series that was asked for last. */
  #lastKey = -1;
  #lastPlace = 0;
  /** The series for all that have no place of their own is being made. */
  #overflowing = false;

  constructor(labels: number) {
    if (labels > MOST_LABELS) throw new RangeError(`A family has at most ${MOST_LABELS} labels, got ${labels}`);
    this.#labels = Array.from({ length: labels }, () => new Words());
  }

  get size(): number {
    return this.#keys.length;
  }

  placeOf(a: string, b: string, c: string, d: string, e: string): number {
    const labels = this.#labels;
    let key = 0;
    const one = labels[0];
    if (one !== undefined) key = one.numberOf(a);
    const two = labels[1];
    if (two !== undefined) key = (key << WORD_BITS) | two.numberOf(b);
    const three = labels[2];
    if (three !== undefined) key = (key << WORD_BITS) | three.numberOf(c);
    const four = labels[3];
    if (four !== undefined) key = (key << WORD_BITS) | four.numberOf(d);
    const five = labels[4];
    if (five !== undefined) key = (key << WORD_BITS) | five.numberOf(e);
    if (key === this.#lastKey) return this.#lastPlace;
    const place = this.#places.get(key) ?? this.#add(key);
    this.#lastKey = key;
    this.#lastPlace = place;
    return place;
  }

  keyAt(place: number): string {
    let key = this.#keys[place] ?? 0;
    const words: string[] = [];
    for (let label = this.#labels.length - 1; label >= 0; label--) {
      words.unshift(this.#labels[label]?.wordOf(key & (MOST_WORDS - 1)) ?? OTHER);
      key >>= WORD_BITS;
    }
    return seriesKey(...words);
  }

  #add(key: number): number {
    if (this.#keys.length >= MOST_SERIES - 1 && !this.#overflowing) {
      this.#overflowing = true;
      const place = this.placeOf(OTHER, OTHER, OTHER, OTHER, OTHER);
      this.#overflowing = false;
      return place;
    }
    const place = this.#keys.length;
    this.#keys.push(key);
    this.#places.set(key, place);
    return place;
  }
}

/** Cumulative sums of one family, one for each combination of label values. */
export class CounterTable {
  readonly #index: SeriesIndex;
  #values = new Float64Array(16);

  /** @param labels how many there are, at most five */
  constructor(labels: number) {
    this.#index = new SeriesIndex(labels);
  }

  add(amount: number, a = "", b = "", c = "", d = "", e = ""): void {
    const place = this.#index.placeOf(a, b, c, d, e);
    if (place >= this.#values.length) this.#values = grown(this.#values);
    this.#values[place] = (this.#values[place] ?? 0) + amount;
  }

  snapshot(): Record<string, number> | undefined {
    if (this.#index.size === 0) return undefined;
    const values: Record<string, number> = {};
    for (let place = 0; place < this.#index.size; place++) {
      const key = this.#index.keyAt(place);
      values[key] = (values[key] ?? 0) + (this.#values[place] ?? 0);
    }
    return values;
  }
}

/** Numbers beside a histogram's buckets: the sum of its values. */
const SUM = BUCKETS;
const STRIDE = BUCKETS + 1;

/** Histograms of one family, one for each combination of label values. */
export class HistogramTable {
  readonly #index: SeriesIndex;
  /** Of each series its buckets, then the sum. */
  #values = new Float64Array(STRIDE);

  /** @param labels how many there are, at most five */
  constructor(labels: number) {
    this.#index = new SeriesIndex(labels);
  }

  observe(ms: number, a = "", b = ""): void {
    const start = this.#index.placeOf(a, b, "", "", "") * STRIDE;
    while (start >= this.#values.length) this.#values = grown(this.#values);
    const at = start + bucketOf(ms);
    this.#values[at] = (this.#values[at] ?? 0) + 1;
    this.#values[start + SUM] = (this.#values[start + SUM] ?? 0) + ms;
  }

  snapshot(): Record<string, Histogram> | undefined {
    if (this.#index.size === 0) return undefined;
    const all: Record<string, Histogram> = {};
    for (let place = 0; place < this.#index.size; place++) all[this.#index.keyAt(place)] = this.#histogram(place);
    return all;
  }

  #histogram(place: number): Histogram {
    const start = place * STRIDE;
    const buckets: number[] = [];
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const size = this.#values[start + bucket] ?? 0;
      if (size === 0) continue;
      buckets.push(bucket, size);
      count += size;
    }
    return { count, sum: this.#values[start + SUM] ?? 0, buckets };
  }
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
