import { RingWindow } from "./ring-window.ts";

/** What a budget allows. */
export interface BudgetShape {
  /** Share of the traffic's tokens that extra attempts may cost, 0.1 for 10%. */
  readonly share: number;
  /** How far back traffic counts, in ms. */
  readonly windowMs: number;
  /** How many average calls are allowed per window whatever the traffic, so that a quiet app can retry. */
  readonly reserveCalls: number;
}

/** Buckets per window: a deposit is forgotten within a twelfth of the window of its time. */
const BUCKETS = 12;
const DEPOSITED = 0;
const WITHDRAWN = 1;
const CALLS = 2;

/**
 * A retry budget as a share of traffic, after Finagle's RetryBudget, but in tokens: a retry of a long prompt costs
 * what it costs. Deposits are first attempts, withdrawals are everything extra (retries, restarts, hedges,
 * continuations).
 */
export class TokenBudget {
  readonly #shape: BudgetShape;
  readonly #window: RingWindow;

  constructor(shape: BudgetShape) {
    if (!(shape.share >= 0 && shape.windowMs > 0 && shape.reserveCalls >= 0)) {
      throw new RangeError(`A retry budget needs a share >= 0, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#window = new RingWindow(3, BUCKETS, shape.windowMs / BUCKETS);
  }

  /** Notes a first attempt of so many tokens. */
  deposit(nowMs: number, tokens: number): void {
    this.#window.add(nowMs, DEPOSITED, tokens);
    this.#window.add(nowMs, CALLS, 1);
  }

  /** Takes tokens for an extra attempt, if there are enough; false when the budget is spent. */
  withdraw(nowMs: number, tokens: number): boolean {
    if (this.available(nowMs, tokens) < tokens) return false;
    this.debit(nowMs, tokens);
    return true;
  }

  /** Takes tokens whether or not there are enough: for what others decided to send again. */
  debit(nowMs: number, tokens: number): void {
    this.#window.add(nowMs, WITHDRAWN, tokens);
  }

  /**
   * Tokens left: of the share of the traffic or of the reserve, whichever is more (both together would let a small
   * provider's traffic grow by more than the share). The reserve is worth `reserveCalls` average calls of the window,
   * or of the size asked for while the window is empty.
   */
  available(nowMs: number, tokensOfCall: number): number {
    const calls = this.#window.total(nowMs, CALLS);
    const deposited = this.#window.total(nowMs, DEPOSITED);
    const averageCall = calls > 0 ? deposited / calls : tokensOfCall;
    const reserve = this.#shape.reserveCalls * averageCall;
    return Math.max(this.#shape.share * deposited, reserve) - this.#window.total(nowMs, WITHDRAWN);
  }
}
