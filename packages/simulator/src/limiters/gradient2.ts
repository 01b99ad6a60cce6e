import type { LimitAlgorithm, LimiterSample } from "./limiter.ts";

/** Netflix concurrency-limits, `Gradient2Limit` and its defaults. */
const START = 20;
const MAXIMUM = 200;
const SMOOTHING = 0.2;
const TOLERANCE = 1.5;
/** Headroom for a queue, in calls. */
const QUEUE_SIZE = 4;
/** Samples that the long average counts, and those that it takes as they are at first. */
const LONG_WINDOW = 600;
const LONG_WARM_UP = 10;
/** A long average that has drifted so far above the short one is brought down. */
const DRIFTED = 2;
const DRIFT_DECAY = 0.95;
const STEEPEST = 0.5;

/** How `Gradient2` is wrapped. */
export interface Gradient2Options {
  /** The limit never falls below. The library's default is 20. */
  readonly minimum: number;
  /** Samples that make a window. */
  readonly windowSamples: number;
  /** A window ends after this time, ms, and is thrown away when it is not full; absent: it lasts until it is full. */
  readonly windowMs?: number | undefined;
  /** Factor on a refusal; absent: refusals are samples like others, as in the library. */
  readonly dropRatio?: number | undefined;
}

/**
 * Netflix's `Gradient2Limit` inside its `WindowedLimit`: the limit follows the ratio of a long and a short average of
 * latency. Written after the library's Java, for the comparison only.
 */
export class Gradient2 implements LimitAlgorithm {
  readonly #options: Gradient2Options;
  #limit = START;
  #long = 0;
  #longCount = 0;
  #window = { sum: 0, count: 0, mostInFlight: 0, endsAt: Number.NEGATIVE_INFINITY };

  constructor(options: Gradient2Options) {
    this.#options = options;
  }

  get limit(): number {
    return this.#limit;
  }

  sample({ now, latencyMs, inFlight, dropped }: LimiterSample): void {
    const { windowSamples, windowMs, dropRatio, minimum } = this.#options;
    if (dropped && dropRatio !== undefined) {
      this.#limit = Math.max(minimum, this.#limit * dropRatio);
      return;
    }
    const window = this.#window;
    if (!dropped) {
      window.sum += latencyMs;
      window.count++;
    }
    window.mostInFlight = Math.max(window.mostInFlight, inFlight);
    const isOver = windowMs === undefined ? window.count >= windowSamples : now > window.endsAt;
    if (!isOver) return;
    this.#window = { sum: 0, count: 0, mostInFlight: 0, endsAt: now + (windowMs ?? 0) };
    if (window.count >= windowSamples) this.#update(window.sum / window.count, window.mostInFlight);
  }

  #update(shortMs: number, inFlight: number): void {
    this.#longCount++;
    const weight = this.#longCount <= LONG_WARM_UP ? 1 / this.#longCount : 2 / (LONG_WINDOW + 1);
    this.#long += (shortMs - this.#long) * weight;
    if (this.#long / shortMs > DRIFTED) this.#long *= DRIFT_DECAY;
    if (inFlight < this.#limit / 2) return;
    const gradient = Math.max(STEEPEST, Math.min(1, (TOLERANCE * this.#long) / shortMs));
    const wanted = this.#limit * gradient + QUEUE_SIZE;
    const smoothed = this.#limit * (1 - SMOOTHING) + wanted * SMOOTHING;
    this.#limit = Math.max(this.#options.minimum, Math.min(MAXIMUM, smoothed));
  }
}
