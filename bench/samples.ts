/** Numbers that are collected one by one and then looked at as a distribution. */
export class Samples {
  readonly #values: number[] = [];
  #sorted = true;

  add(value: number): void {
    this.#values.push(value);
    this.#sorted = false;
  }

  get count(): number {
    return this.#values.length;
  }

  /** The value below which that share (0 to 1) of the samples lies, by nearest rank; NaN without samples. */
  percentile(share: number): number {
    if (!this.#sorted) this.#values.sort((a, b) => a - b);
    this.#sorted = true;
    const rank = Math.max(0, Math.ceil(share * this.#values.length) - 1);
    return this.#values[rank] ?? Number.NaN;
  }
}

/** The median of a few values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Failures of a run: how many, and what the first one was. A run with failures is no result. */
export class Failures {
  #count = 0;
  #first: string | undefined;

  add(reason: string): void {
    this.#count++;
    this.#first ??= reason;
  }

  get count(): number {
    return this.#count;
  }

  get first(): string | undefined {
    return this.#first;
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for a promise, but not longer than `ms`; false when that ran out. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const bound = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => bound.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), bound.promise]);
  } finally {
    clearTimeout(timer);
  }
}
