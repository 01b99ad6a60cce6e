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
/** A part of the window in which no more than so many times the share may be spent: savings must not become a burst. */
const BURST_PART = 1 / 6;
const BURST_FACTOR = 2;
const BURST_BUCKETS = 5;

/**
 * A retry budget as a share of traffic, after Finagle's RetryBudget, but in tokens: a retry of a long prompt costs
 * what it costs. Deposits are first attempts, withdrawals are everything extra (retries, restarts, hedges,
 * continuations).
 */
export class TokenBudget {
  readonly #shape: BudgetShape;
  readonly #window: RingWindow;
  readonly #lately: RingWindow;

  constructor(shape: BudgetShape) {
    if (!(shape.share >= 0 && shape.windowMs > 0 && shape.reserveCalls >= 0)) {
      throw new RangeError(`A retry budget needs a share >= 0, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#window = new RingWindow(3, BUCKETS, shape.windowMs / BUCKETS);
    this.#lately = new RingWindow(2, BURST_BUCKETS, (shape.windowMs * BURST_PART) / BURST_BUCKETS);
  }

  /** Notes a first attempt of so many tokens. */
  deposit(nowMs: number, tokens: number): void {
    this.#window.add(nowMs, DEPOSITED, tokens);
    this.#lately.add(nowMs, DEPOSITED, tokens);
    this.#window.add(nowMs, CALLS, 1);
  }

  /**
   * Takes tokens for an extra attempt, if there are enough; false when the budget is spent.
   * @param onCredit as much again as the budget allows, for what must not be refused because of what may
   */
  withdraw(nowMs: number, tokens: number, onCredit = false): boolean {
    const credit = onCredit ? this.#allowed(this.#window, this.#shape.share, nowMs, tokens) : 0;
    if (this.available(nowMs, tokens) + credit < tokens) return false;
    this.debit(nowMs, tokens);
    return true;
  }

  /** Takes tokens whether or not there are enough: for what others decided to send again. */
  debit(nowMs: number, tokens: number): void {
    this.#window.add(nowMs, WITHDRAWN, tokens);
    this.#lately.add(nowMs, WITHDRAWN, tokens);
  }

  /**
   * Tokens left: of the share of the traffic or of the reserve, whichever is more (both together would let a small
   * provider's traffic grow by more than the share). The reserve is worth `reserveCalls` average calls of the window,
   * or of the size asked for while the window is empty. What was saved up is not spent at once: within a sixth of the
   * window it is twice the share at most, or the reserve.
   */
  available(nowMs: number, tokensOfCall: number): number {
    const { share } = this.#shape;
    const left = (window: RingWindow, part: number) =>
      this.#allowed(window, part, nowMs, tokensOfCall) - window.total(nowMs, WITHDRAWN);
    return Math.min(left(this.#window, share), left(this.#lately, BURST_FACTOR * share));
  }

  /** A share of what a window has seen, or the reserve. */
  #allowed(window: RingWindow, share: number, nowMs: number, tokensOfCall: number): number {
    const calls = this.#window.total(nowMs, CALLS);
    const averageCall = calls > 0 ? this.#window.total(nowMs, DEPOSITED) / calls : tokensOfCall;
    return Math.max(share * window.total(nowMs, DEPOSITED), this.#shape.reserveCalls * averageCall);
  }
}
