/** How a {@link LoadCurve} judges. */
export interface LoadCurveShape {
  /** Most measurements that are remembered. */
  readonly most: number;
  /** How long one counts, in ms. */
  readonly ageMs: number;
  /** Fewest measurements that tell of anything. */
  readonly least: number;
  /** What is slow by this share of the usual is slow. */
  readonly slower: number;
  /** Share of the usual that chance explains for a single measurement; for n of them, as much over the root of n. */
  readonly doubt: number;
  /** A measurement counts as no more than so many times the usual: one that is stuck says nothing of the load. */
  readonly mostTimes: number;
  /** Share of what they may be at once that is left free, where calls were seen to take longer: calls come by chance. */
  readonly room: number;
  /** By what share of itself, and by one at least, more than was ever seen may be tried. */
  readonly step: number;
}

/**
 * How much longer calls take the more of them there are at once, from calls that each know how many there were.
 *
 * Comparing now with before needs a baseline that does not drift and an answer that does not lag. Here calls among many
 * are compared with calls among few of the same minutes: what made the provider slow for both does not count, and a call
 * that is late in telling still tells of the load that it met.
 */
export class LoadCurve {
  readonly #shape: LoadCurveShape;
  readonly #atOnce: Float64Array;
  readonly #times: Float64Array;
  readonly #at: Float64Array;
  #count = 0;

  constructor(shape: LoadCurveShape) {
    this.#shape = shape;
    this.#atOnce = new Float64Array(shape.most);
    this.#times = new Float64Array(shape.most);
    this.#at = new Float64Array(shape.most);
  }

  /**
   * Notes one call.
   * @param atOnce calls at once when it began, itself included
   * @param times how long it took, as a multiple of what is expected of its size
   */
  add(atOnce: number, times: number, nowMs: number): void {
    const place = this.#count++ % this.#shape.most;
    this.#atOnce[place] = atOnce;
    this.#times[place] = Math.min(times, this.#shape.mostTimes);
    this.#at[place] = nowMs;
  }

  /**
   * How many calls there may be at once before they take longer; where as many as there were took no longer, a little
   * more than that. Undefined while too few have told. Sorts what is remembered: for now and then, not for every call.
   */
  knee(nowMs: number): number | undefined {
    const { least, slower, doubt, step, room } = this.#shape;
    const told = this.#busiestFirst(nowMs);
    if (told.length < 2 * least) return undefined;
    const half = Math.floor(told.length / 2);
    const usual = meanOf(told.slice(half));
    let sum = 0;
    let slowFrom: number | undefined;
    for (let count = 1; count <= half; count++) {
      const { atOnce, times } = told[count - 1] ?? NOTHING;
      sum += times;
      // All calls of one level stand together, and few of them are no evidence.
      if (count < least || told[count]?.atOnce === atOnce) continue;
      if (sum / count <= usual * (1 + slower + doubt / Math.sqrt(count))) {
        return slowFrom === undefined ? atOnce + Math.max(1, step * atOnce) : Math.max(1, (1 - room) * atOnce);
      }
      slowFrom = atOnce;
    }
    return slowFrom === undefined ? undefined : Math.max(1, (1 - room) * (slowFrom - 1));
  }

  #busiestFirst(nowMs: number): Told[] {
    const told: Told[] = [];
    for (let place = 0; place < Math.min(this.#count, this.#shape.most); place++) {
      if (nowMs - (this.#at[place] ?? 0) >= this.#shape.ageMs) continue;
      told.push({ atOnce: this.#atOnce[place] ?? 0, times: this.#times[place] ?? 0 });
    }
    return told.sort((a, b) => b.atOnce - a.atOnce);
  }
}

interface Told {
  readonly atOnce: number;
  readonly times: number;
}

const NOTHING: Told = { atOnce: 0, times: 0 };

function meanOf(told: readonly Told[]): number {
  return told.reduce((sum, { times }) => sum + times, 0) / told.length;
}
