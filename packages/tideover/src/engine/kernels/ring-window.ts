/**
 * Sums over the last `buckets x bucketMs` ms, in constant memory and amortised constant time.
 *
 * Reading or adding first moves the window to now and clears *every* bucket that was skipped on the way: a window
 * that rotates one bucket per visit still holds an hour-old burst (seen in cockatiel 4).
 */
export class RingWindow {
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #columns: number;
  readonly #sums: Float64Array;
  readonly #totals: Float64Array;
  #head: number | undefined;

  /**
   * @param columns how many different sums are kept side by side
   * @throws RangeError for a size that is not positive
   */
  constructor(columns: number, buckets: number, bucketMs: number) {
    if (!(columns > 0 && buckets > 0 && bucketMs > 0)) {
      throw new RangeError(
        `RingWindow needs positive sizes, got columns ${columns}, buckets ${buckets}, ${bucketMs} ms`,
      );
    }
    this.#columns = columns;
    this.#buckets = buckets;
    this.#bucketMs = bucketMs;
    this.#sums = new Float64Array(columns * buckets);
    this.#totals = new Float64Array(columns);
  }

  /** Adds to the sum of a column at time `nowMs`. */
  add(nowMs: number, column: number, amount: number): void {
    const slot = this.#moveTo(nowMs) * this.#columns + column;
    this.#sums[slot] = (this.#sums[slot] ?? 0) + amount;
    this.#totals[column] = (this.#totals[column] ?? 0) + amount;
  }

  /** The sum of a column over the window that ends at `nowMs`. */
  total(nowMs: number, column: number): number {
    this.#moveTo(nowMs);
    return this.#totals[column] ?? 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#sums.fill(0);
    this.#totals.fill(0);
  }

  /** Makes `nowMs` the newest bucket and gives its slot. */
  #moveTo(nowMs: number): number {
    const head = Math.floor(nowMs / this.#bucketMs);
    const steps = head - (this.#head ?? head);
    if (steps >= this.#buckets) this.clear();
    else for (let step = 1; step <= steps; step++) this.#clearSlot((head - steps + step) % this.#buckets);
    if (this.#head === undefined || steps > 0) this.#head = head;
    return this.#head % this.#buckets;
  }

  #clearSlot(slot: number): void {
    for (let column = 0; column < this.#columns; column++) {
      const index = slot * this.#columns + column;
      this.#totals[column] = (this.#totals[column] ?? 0) - (this.#sums[index] ?? 0);
      this.#sums[index] = 0;
    }
  }
}
