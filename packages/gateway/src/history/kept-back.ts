/** A finest step on its way to a database, as bytes. */
export interface KeptBackStep {
  readonly at: number;
  /** Its number among those of this process. */
  readonly part: number;
  readonly data: Uint8Array;
}

/** How much may wait. */
export interface KeptBackBounds {
  readonly steps: number;
  readonly bytes: number;
}

/** Steps that wait for a database that is slow or away, the oldest first; beyond the bounds the oldest are given up. */
export class KeptBack {
  readonly #bounds: KeptBackBounds;
  readonly #steps = new Map<number, KeptBackStep>();
  #parts = 0;
  #bytes = 0;
  #givenUp = 0;

  constructor(bounds: KeptBackBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#steps.size;
  }

  /** How many steps were given up since this was asked for the last time. */
  takeGivenUp(): number {
    const givenUp = this.#givenUp;
    this.#givenUp = 0;
    return givenUp;
  }

  add(at: number, data: Uint8Array): void {
    const part = ++this.#parts;
    this.#steps.set(part, { at, part, data });
    this.#bytes += data.length;
    while (this.#steps.size > this.#bounds.steps || this.#bytes > this.#bounds.bytes) {
      const oldest = this.oldest();
      if (oldest === undefined) return;
      this.remove(oldest);
      this.#givenUp++;
    }
  }

  oldest(): KeptBackStep | undefined {
    return this.#steps.values().next().value;
  }

  /** It is written; one that was given up meanwhile is gone already. */
  remove({ part, data }: KeptBackStep): void {
    if (this.#steps.delete(part)) this.#bytes -= data.length;
  }
}
