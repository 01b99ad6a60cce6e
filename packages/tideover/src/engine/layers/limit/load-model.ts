import type { Clock } from "../../clock.ts";
import type { Failure } from "../../failure.ts";
import { AimdLimit, type AimdShape } from "../../kernels/aimd.ts";
import { Ewma } from "../../kernels/ewma.ts";
import { LoadCurve } from "../../kernels/load-curve.ts";
import { CRITICAL_HEADROOM, LOAD_CURVE, SLOWNESS_WEIGHT } from "./defaults.ts";
import { FirstTokenBaseline } from "./first-token-baseline.ts";
import type { PermitEnding } from "./limit-event.ts";

/** What must be known of a call to judge the provider by it. */
export interface SentCall {
  readonly requestBytes: number;
  /** Calls in flight when it was sent, itself included. */
  readonly inFlight: number;
  /** After how many ms without content the call is given up. */
  readonly firstTokenMs: number;
  /** Whether the time to its outcome is the time to its first token. */
  readonly measured: boolean;
}

/** Follows one call until its first content event, or its failure; what is told first counts. */
export interface CallScore {
  answered(): void;
  failed(failed: Failure): void;
  /** The call is over, whatever it has told. Cancels the timer. */
  end(): PermitEnding;
}

/** What is known of a provider's load: how many calls it bears, and how long first tokens take. */
export class LoadModel {
  readonly #clock: Clock;
  readonly #aimd: AimdLimit;
  readonly #baseline = new FirstTokenBaseline();
  /** How long first tokens take now, as a multiple of the usual. */
  readonly #slowness = new Ewma(SLOWNESS_WEIGHT);
  readonly #curve = new LoadCurve(LOAD_CURVE);
  readonly #onLearned: () => void;

  /** @param onLearned called after every result: the limit may have changed */
  constructor(shape: AimdShape, clock: Clock, onLearned: () => void) {
    this.#clock = clock;
    this.#aimd = new AimdLimit(shape);
    this.#onLearned = onLearned;
  }

  /** How many calls may be in flight now. */
  get limit(): number {
    return this.#aimd.current(this.#clock.now());
  }

  /** The same for calls of the first class, who need not wait until a limit that has just shrunk is reached. */
  get criticalLimit(): number {
    return this.#aimd.current(this.#clock.now(), CRITICAL_HEADROOM);
  }

  /** It knows no more than a new one would. */
  get isAtRest(): boolean {
    return this.#aimd.isAtRest(this.#clock.now());
  }

  /** How long a first token will take, in ms. */
  expectedMs(requestBytes: number): number {
    return this.#baseline.expectedMs(requestBytes);
  }

  /** See `LimitState.slowness`. */
  get slowness(): number | undefined {
    return this.#slowness.value;
  }

  /** See `LimitState.knee`. */
  knee(): number | undefined {
    return this.#curve.knee(this.#clock.now());
  }

  /** Begins to judge a call that is sent now. A late one is counted when it is late, without waiting for its token. */
  follow(sent: SentCall): CallScore {
    const clock = this.#clock;
    const sentAt = clock.now();
    const quiet = this.#aimd.isQuiet(sentAt, sent.inFlight);
    let ending: PermitEnding | undefined;
    const settle = (told: PermitEnding, learn: (now: number) => void) => {
      lateTimer?.cancel();
      if (ending !== undefined) return;
      ending = told;
      learn(clock.now());
      this.#onLearned();
    };
    const lateTimer = sent.measured
      ? clock.schedule(this.#baseline.lateAfterMs(sent.requestBytes, sent.firstTokenMs), () =>
          settle("late", (now) => this.#aimd.late(now, sent.inFlight)),
        )
      : undefined;
    const measure = () => {
      if (!sent.measured) return;
      const tookMs = clock.now() - sentAt;
      const times = tookMs / Math.max(1, this.#baseline.expectedMs(sent.requestBytes));
      this.#slowness.add(times);
      this.#curve.add(sent.inFlight, times, sentAt);
      this.#baseline.learn(sent.requestBytes, tookMs, quiet);
    };
    return {
      answered: () => {
        measure();
        settle("on-time", (now) => this.#aimd.onTime(now, sent.inFlight));
      },
      failed: (failed) => {
        if (failed.reason === "first-token-timeout") measure();
        if (wasDropped(failed)) settle("dropped", (now) => this.#blame(failed, sent.inFlight, now));
      },
      end: () => {
        settle("ignored", () => {});
        return ending ?? "ignored";
      },
    };
  }

  #blame(failed: Failure, inFlight: number, now: number): void {
    const stated = failed.statedConcurrency;
    if (stated !== undefined) this.#aimd.refused(now, inFlight, { stated });
    else if (failed.status === 429) this.#aimd.refused(now, inFlight);
    else this.#aimd.late(now, inFlight);
  }
}

/**
 * The provider had no capacity for the call. A first-token timeout is none of these: the call was late long before,
 * unless the route is more impatient than lateness itself, and then it says nothing.
 */
function wasDropped({ kind, reason }: Failure): boolean {
  return kind === "overloaded" && reason !== "first-token-timeout";
}
