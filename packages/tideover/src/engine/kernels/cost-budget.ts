import { RingWindow } from "./ring-window.ts";

/** How much may be spent in the window of a budget, in one currency. */
export interface CostLimits {
  /** Beyond it, what costs money is avoided where there is something else. */
  readonly soft?: number | undefined;
  /** Beyond it, nothing more is spent. */
  readonly hard?: number | undefined;
}

/** What a budget says to a cost: it is reserved; it is not, and should be avoided; it is not, and must not be. */
export type BudgetVerdict = "reserved" | "over-soft" | "over-hard";

/** Buckets per window: what was spent is forgotten within 1/24 of the window of its time, an hour of a day. */
const BUCKETS = 24;

/**
 * Spending over a sliding window, with what is under way counted at its estimate until it is settled: otherwise a
 * burst of long answers passes before the first of them is paid. The limits come with every question, so that they
 * can be changed without forgetting what was spent.
 */
export class CostBudget {
  readonly #bucketMs: number;
  readonly #spent: RingWindow;
  #reserved = 0;
  #reservations = 0;

  /**
   * @param windowMs how far back spending counts
   * @throws RangeError for a window without length
   */
  constructor(windowMs: number) {
    if (!(windowMs > 0)) throw new RangeError(`A cost budget needs a window > 0 ms, got ${windowMs}`);
    this.#bucketMs = windowMs / BUCKETS;
    this.#spent = new RingWindow(1, BUCKETS, this.#bucketMs);
  }

  /** Reserves a cost if it fits. What is reserved must be settled exactly once. */
  reserve(nowMs: number, cost: number, limits: CostLimits): BudgetVerdict {
    const after = this.committed(nowMs) + cost;
    if (after > (limits.hard ?? Number.POSITIVE_INFINITY)) return "over-hard";
    if (after > (limits.soft ?? Number.POSITIVE_INFINITY)) return "over-soft";
    this.#reserved += cost;
    this.#reservations++;
    return "reserved";
  }

  /** Replaces a reservation by what was really spent. */
  settle(nowMs: number, reserved: number, spent: number): void {
    this.#reservations--;
    // The last one out takes the rounding errors with it.
    this.#reserved = this.#reservations === 0 ? 0 : this.#reserved - reserved;
    this.add(nowMs, spent);
  }

  /** Adds what was spent without a reservation here. */
  add(nowMs: number, spent: number): void {
    if (spent > 0) this.#spent.add(nowMs, 0, spent);
  }

  /** Spent in the window and reserved, together; exact to the rounding of sums. */
  committed(nowMs: number): number {
    return Math.max(0, this.#spent.total(nowMs, 0) + this.#reserved);
  }

  /** How long until some of the spending is forgotten, at most, in ms. */
  get forgetsWithinMs(): number {
    return this.#bucketMs;
  }
}
