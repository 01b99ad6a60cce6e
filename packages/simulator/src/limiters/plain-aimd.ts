import type { LimitAlgorithm, LimiterSample } from "./limiter.ts";

const START = 20;
const MAXIMUM = 500;
/** Netflix `AIMDLimit`. */
const RATIO = 0.9;

/** How plain AIMD is set up. Times in ms. */
export interface PlainAimdOptions {
  /** A latency above this counts as a drop; absent: only refusals shrink the limit. */
  readonly lateMs?: number | undefined;
  /** Least time between two decreases. */
  readonly holdMs: number;
  /** What is added for a good sample: one call, or one call per round of calls. */
  readonly growth: "per-sample" | "per-round";
}

/** Additive increase while at least half of the limit is in use, multiplicative decrease, and nothing else. */
export class PlainAimd implements LimitAlgorithm {
  readonly #options: PlainAimdOptions;
  #limit = START;
  #decreasedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PlainAimdOptions) {
    this.#options = options;
  }

  get limit(): number {
    return this.#limit;
  }

  sample({ now, latencyMs, inFlight, dropped }: LimiterSample): void {
    const { lateMs = Number.POSITIVE_INFINITY, holdMs, growth } = this.#options;
    if (dropped || latencyMs >= lateMs) {
      if (now - this.#decreasedAt < holdMs) return;
      this.#decreasedAt = now;
      this.#limit = Math.max(1, this.#limit * RATIO);
    } else if (inFlight * 2 >= this.#limit) {
      this.#limit = Math.min(MAXIMUM, this.#limit + (growth === "per-sample" ? 1 : 1 / this.#limit));
    }
  }
}
