interface Entry {
  readonly scope: string;
  readonly key: string;
  /** Of length 1, so that a dot product is the cosine. */
  readonly vector: Float32Array;
}

/** What lies nearest to a vector. */
export interface Neighbour {
  readonly key: string;
  /** Cosine similarity, from -1 to 1. */
  readonly similarity: number;
}

/** What an entry costs beside its numbers, in bytes. */
const OVERHEAD_BYTES = 256;
const BYTES_PER_NUMBER = 4;

/**
 * Vectors by scope, searched one by one: exact, and quick enough for the thousands that a scope may hold (a thousand
 * of 1,536 numbers take about 1.5 ms). Bounded by bytes in all and by entries in a scope; the oldest leave.
 */
export class VectorIndex {
  readonly #maxBytes: number;
  readonly #maxPerScope: number;
  readonly #entries = new Map<string, Entry>();
  readonly #scopes = new Map<string, Map<string, Entry>>();
  #bytes = 0;

  constructor(maxBytes: number, maxPerScope: number) {
    this.#maxBytes = maxBytes;
    this.#maxPerScope = maxPerScope;
  }

  /** What is held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a vector under a key, in place of what was there. A vector of zeros has no direction, and is not kept. */
  add(scope: string, key: string, vector: ArrayLike<number>): void {
    this.delete(key);
    const unit = normalised(vector);
    if (unit === undefined) return;
    const entry: Entry = { scope, key, vector: unit };
    const inScope = this.#scopes.get(scope) ?? new Map<string, Entry>();
    this.#scopes.set(scope, inScope);
    inScope.set(key, entry);
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(entry);
    if (inScope.size > this.#maxPerScope) this.#deleteOldest(inScope);
    while (this.#bytes > this.#maxBytes) this.#deleteOldest(this.#entries);
  }

  /** What of a scope lies nearest; undefined when nothing comparable is there. */
  nearest(scope: string, vector: ArrayLike<number>): Neighbour | undefined {
    const unit = normalised(vector);
    if (unit === undefined) return undefined;
    let best: Neighbour | undefined;
    for (const { key, vector: other } of this.#scopes.get(scope)?.values() ?? []) {
      if (other.length !== unit.length) continue;
      const similarity = dot(unit, other);
      if (best === undefined || similarity > best.similarity) best = { key, similarity };
    }
    return best;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(entry);
    const inScope = this.#scopes.get(entry.scope);
    inScope?.delete(key);
    if (inScope?.size === 0) this.#scopes.delete(entry.scope);
  }

  #deleteOldest(entries: ReadonlyMap<string, Entry>): void {
    const oldest = entries.keys().next().value;
    if (oldest !== undefined) this.delete(oldest);
  }
}

function bytesOf({ vector }: Entry): number {
  return BYTES_PER_NUMBER * vector.length + OVERHEAD_BYTES;
}

function normalised(vector: ArrayLike<number>): Float32Array | undefined {
  let square = 0;
  for (let index = 0; index < vector.length; index++) square += (vector[index] ?? 0) ** 2;
  const length = Math.sqrt(square);
  return length > 0 && Number.isFinite(length) ? Float32Array.from(vector, (value) => value / length) : undefined;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
