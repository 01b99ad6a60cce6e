/** First allocation in bytes: an idle stream holds nothing, a line split between two reads holds this. */
const INITIAL_BYTES = 1024;

/** A buffer above this size (64 KiB) is given back when cleared: one big line does not stay for a stream's life. */
const KEPT_BYTES = 64 * 1024;

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Bytes that grow at the end. Capacity doubles, so that appending n bytes one by one costs O(n).
 * It copies what it is given: a source may reuse its memory after a read. Whoever appends keeps the cap.
 */
export class GrowingBuffer {
  #bytes = NOTHING;
  #length = 0;

  /** How many bytes are held. */
  get length(): number {
    return this.#length;
  }

  /** Appends `source[from, to)`. */
  append(source: Uint8Array, from: number, to: number): void {
    const needed = this.#length + to - from;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, INITIAL_BYTES));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(source.subarray(from, to), this.#length);
    this.#length = needed;
  }

  /** A view of what is held; valid until the next append or clear. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what is held. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = NOTHING;
  }
}
