import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import { type Failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import type { FailoverTarget } from "../failover/failover.ts";

/** One provider being asked, with the means to give it up alone. */
export class Leg {
  readonly target: FailoverTarget;
  readonly lastChance: boolean;
  /** Its outcome; the outcome of an abandoned leg is nobody's. Never rejects. */
  readonly settled: Promise<Outcome>;
  readonly #call: Call;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #attemptsBefore: number;
  readonly #scope = new AbortController();
  #outcome: Outcome | undefined;
  #abandoned: Failure | undefined;

  constructor(call: Call, target: FailoverTarget, service: Service, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    this.target = target;
    this.lastChance = call.lastChance;
    this.#startedAt = clock.now();
    this.#attemptsBefore = this.#attempts();
    this.settled = this.#run(service);
  }

  /** How many attempts it has sent so far. */
  get sent(): number {
    return this.#attempts() - this.#attemptsBefore;
  }

  /** It has failed. */
  get failed(): boolean {
    return this.#outcome?.type === "failure";
  }

  /** Its answer is not wanted any more: what runs is aborted, and what has come is cancelled. */
  abandon(reason: Failure): void {
    this.#abandoned = reason;
    this.#scope.abort(reason);
    this.#discard();
  }

  async #run(service: Service): Promise<Outcome> {
    const { signal } = this.#call;
    const onAbort = () => this.#scope.abort(failureOf(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#outcome = await service({ ...this.#call, signal: this.#scope.signal });
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    this.#learn(this.#outcome);
    this.#discard();
    return this.#outcome;
  }

  #discard(): void {
    if (this.#abandoned !== undefined && this.#outcome?.type === "answer") {
      this.#outcome.stream.cancel(this.#abandoned);
    }
  }

  /**
   * Notes how long the first token took, or how long it was waited for in vain. A leg that tried more than once tells
   * of its delays, and one that sent nothing tells of us.
   */
  #learn(outcome: Outcome): void {
    if (this.sent !== 1) return;
    const window = this.target.hedging?.firstTokens(this.#call);
    const now = this.#clock.now();
    if (outcome.type === "answer") window?.add(now, now - this.#startedAt);
    else if (outcome.type === "failure" && wasGivenUp(outcome)) window?.addLonger(now, now - this.#startedAt);
  }

  #attempts(): number {
    return this.#call.trace.attempts.filter(({ provider }) => provider === this.target.provider).length;
  }
}

/** Nothing had come when somebody stopped waiting. */
function wasGivenUp({ kind, reason }: Failure): boolean {
  return kind === "cancelled" || kind === "deadline" || reason === "first-token-timeout";
}
