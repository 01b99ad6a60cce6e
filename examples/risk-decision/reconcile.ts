import type { Decider, Decision } from "./decide.ts";
import type { Verdict } from "./payment.ts";

/** Decisions that may wait at most; beyond it the oldest is given up, and counted. */
const MOST_WAITING = 50_000;
/** Judged at a time: reconciliation must leave the model to those who wait for it. */
const AT_A_TIME = 4;
/** The wait after the model said nothing, in ms. */
const PAUSE_MS = 500;

/** What became of the decisions that the model did not make. */
export interface Reconciled {
  /** Judged by the model since, with the same verdict. */
  readonly confirmed: number;
  /** Judged otherwise: these are for people to look at. */
  readonly overturned: number;
  readonly waiting: number;
  /** Given up because too many waited. */
  readonly lost: number;
}

/**
 * Has the language model judge later, off the critical path, what the backup decided in its place.
 * Disposing it stops; what still waits is left.
 */
export class Reconciliation implements Disposable {
  readonly #decider: Decider;
  readonly #overturn: (decision: Decision, verdict: Verdict) => void;
  readonly #waiting: Decision[] = [];
  #confirmed = 0;
  #overturned = 0;
  #lost = 0;
  #running = 0;
  #stopped = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  /** @param overturn told of each decision that the model would have taken otherwise */
  constructor(decider: Decider, overturn: (decision: Decision, verdict: Verdict) => void) {
    this.#decider = decider;
    this.#overturn = overturn;
  }

  get counts(): Reconciled {
    return {
      confirmed: this.#confirmed,
      overturned: this.#overturned,
      waiting: this.#waiting.length + this.#running,
      lost: this.#lost,
    };
  }

  add(decision: Decision): void {
    this.#waiting.push(decision);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#lost += 1;
    }
    this.#fill();
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#pause);
  }

  #fill(): void {
    while (!this.#stopped && this.#pause === undefined && this.#running < AT_A_TIME) {
      const decision = this.#waiting.shift();
      if (decision === undefined) return;
      this.#running += 1;
      void this.#judge(decision);
    }
  }

  async #judge(decision: Decision): Promise<void> {
    try {
      const verdict = await this.#decider.judgeLater(decision.payment);
      if (verdict === decision.verdict) this.#confirmed += 1;
      else {
        this.#overturned += 1;
        this.#overturn(decision, verdict);
      }
    } catch {
      // Still hanging: it waits again, in front, and nobody is asked for a moment.
      this.#waiting.unshift(decision);
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.#fill();
      }, PAUSE_MS);
    } finally {
      this.#running -= 1;
      this.#fill();
    }
  }
}
