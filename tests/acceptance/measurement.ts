/** One promise as it was found to hold, or not. */
export interface Measurement {
  readonly point: string;
  readonly measured: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** One kind of promise, with everything it needs started and stopped by itself. */
export interface Check {
  readonly name: string;
  measure(): Promise<readonly Measurement[]>;
}

/** A measured time against its bound, in ms. */
export function withinMs(point: string, times: readonly number[], boundMs: number): Measurement {
  const most = Math.max(...times);
  const measured =
    times.length === 1
      ? ms(most)
      : `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, max ${ms(most)}`;
  return { point, measured, bound: `<= ${boundMs} ms`, holds: times.length > 0 && most <= boundMs };
}

/** A count that must be exactly so. */
export function exactly(point: string, measured: number, wanted: number): Measurement {
  return { point, measured: `${measured}`, bound: `${wanted}`, holds: measured === wanted };
}

/** Something that either is so or not. */
export function isSo(point: string, holds: boolean, otherwise: string): Measurement {
  return { point, measured: holds ? "yes" : otherwise, bound: "yes", holds };
}

/** The value below which a share of the values lies, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** A time for people. */
export function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

/** Real time: these checks measure it. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/**
 * Waits for a condition, looking at every turn of the event loop.
 * @returns how long that took, in ms. Infinity when it did not come true within `boundMs`.
 */
export async function timeUntil(condition: () => boolean, boundMs: number): Promise<number> {
  const startedAt = performance.now();
  while (!condition()) {
    if (performance.now() - startedAt > boundMs) return Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return performance.now() - startedAt;
}

/** Does the same for every item, at most `atOnce` at a time; results in the order of the items. */
export async function each<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
