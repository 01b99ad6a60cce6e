import type { Call } from "../../call.ts";
import type { Clock, Timer } from "../../clock.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";

/**
 * Asks a slow service, and beside it another one when the slow one has shown nothing `afterMs` after the call's start.
 * If that has an answer, it is the call's, and the slow service is given up; if not, the slow one is waited for as if
 * nothing had been.
 */
export function unlessEarlier(slow: Service, early: Service, afterMs: number, clock: Clock): Service {
  return (call) => new Promise((resolve, reject) => new Race(call, early, clock, resolve).run(slow, afterMs, reject));
}

/** One call that both services may answer. */
class Race {
  readonly #call: Call;
  readonly #early: Service;
  readonly #clock: Clock;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #slowScope = new AbortController();
  readonly #earlyScope = new AbortController();
  readonly #onAbort: () => void;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(call: Call, early: Service, clock: Clock, resolve: (outcome: Outcome) => void) {
    this.#call = call;
    this.#early = early;
    this.#clock = clock;
    this.#resolve = resolve;
    this.#onAbort = () => {
      this.#stop(this.#slowScope, failureOf(call.signal));
      this.#stop(this.#earlyScope, failureOf(call.signal));
    };
  }

  run(slow: Service, afterMs: number, reject: (error: unknown) => void): void {
    const { signal, startedAt } = this.#call;
    if (signal.aborted) {
      this.#resolve(failureOf(signal));
      return;
    }
    const delayMs = Math.max(0, startedAt + afterMs - this.#clock.now());
    this.#timer = this.#clock.schedule(delayMs, () => this.#askEarly(reject));
    signal.addEventListener("abort", this.#onAbort, { once: true });
    slow({ ...this.#call, signal: this.#slowScope.signal }).then((outcome) => {
      if (this.#isOver) discard(outcome, notWaitedFor());
      else this.#end(outcome, this.#earlyScope);
    }, reject);
  }

  #askEarly(reject: (error: unknown) => void): void {
    this.#early({ ...this.#call, signal: this.#earlyScope.signal }).then((outcome) => {
      if (this.#isOver) discard(outcome, notWaitedFor());
      else if (outcome.type !== "failure") this.#end(outcome, this.#slowScope);
    }, reject);
  }

  #end(outcome: Outcome, loser: AbortController): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#call.signal.removeEventListener("abort", this.#onAbort);
    this.#stop(loser, notWaitedFor());
    this.#resolve(outcome);
  }

  #stop(scope: AbortController, reason: Failure): void {
    this.#timer?.cancel();
    scope.abort(reason);
  }
}

function notWaitedFor(): Failure {
  return failure("cancelled", "served-early", "Another rung had an answer, and this one was not waited for.");
}

function discard(outcome: Outcome, reason: Failure): void {
  if (outcome.type === "answer") outcome.stream.cancel(reason);
}
