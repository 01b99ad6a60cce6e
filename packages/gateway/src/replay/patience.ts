import { type Clock, failure, type Timer } from "tideover/engine";
import { ENDED } from "./observation.ts";

/** How long a replay waits for an answer, in ms. */
export interface Bounds {
  /** For a stream's first content, or the whole of an unstreamed answer. */
  readonly answerMs: number;
  /** For the next content of a stream. */
  readonly silenceMs: number;
  /** For the end of a stream. */
  readonly totalMs: number;
}

/** The replay's own timers of one request: what a gateway promises is not relied upon. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #bounds: Bounds;
  readonly #stop: AbortSignal;
  readonly #onStop = () => this.#giveUp(ENDED.stopped, "The replay was stopped.");
  readonly #total: Timer;
  #next: Timer;

  constructor(clock: Clock, bounds: Bounds, stop: AbortSignal) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#stop = stop;
    this.#next = this.#arm(bounds.answerMs, "No answer came");
    this.#total = this.#arm(Math.max(bounds.answerMs, bounds.totalMs), "The answer did not end");
    if (stop.aborted) this.#onStop();
    else stop.addEventListener("abort", this.#onStop, { once: true });
  }

  /** Aborts with a failure that says which bound was reached. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Content of a stream came: the bound on the next begins. */
  contentCame(): void {
    this.#next.cancel();
    this.#next = this.#arm(this.#bounds.silenceMs, "The answer fell silent");
  }

  /** The request is over. */
  end(): void {
    this.#next.cancel();
    this.#total.cancel();
    this.#stop.removeEventListener("abort", this.#onStop);
  }

  #arm(ms: number, what: string): Timer {
    return this.#clock.schedule(ms, () => this.#giveUp(ENDED.hung, `${what} within ${ms} ms.`));
  }

  #giveUp(reason: string, message: string): void {
    this.#controller.abort(failure("deadline", reason, message));
  }
}
