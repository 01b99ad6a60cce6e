import type { Clock, Timer } from "../../clock.ts";
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

/** What a call's results are told to. */
interface Learner {
  /** Its first token has come, or was given up. */
  measure(call: FollowedCall): void;
  learn(call: FollowedCall, ending: PermitEnding, failed: Failure | undefined): void;
}

/** It lives as long as an answer, so it is one object, and not several closures. */
class FollowedCall implements CallScore {
  readonly sent: SentCall;
  /** On the engine's clock, in ms. */
  readonly sentAt: number;
  /** Whether it was sent while the provider had little to do. */
  readonly quiet: boolean;
  lateTimer: Timer | undefined;
  readonly #learner: Learner;
  #ending: PermitEnding | undefined;

  constructor(sent: SentCall, sentAt: number, quiet: boolean, learner: Learner) {
    this.sent = sent;
    this.sentAt = sentAt;
    this.quiet = quiet;
    this.#learner = learner;
  }

  answered(): void {
    this.#learner.measure(this);
    this.#settle("on-time");
  }

  failed(failed: Failure): void {
    if (failed.reason === "first-token-timeout") this.#learner.measure(this);
    if (wasDropped(failed)) this.#settle("dropped", failed);
  }

  late(): void {
    this.#settle("late");
  }

  end(): PermitEnding {
    return this.#settle("ignored");
  }

  #settle(told: PermitEnding, failed?: Failure): PermitEnding {
    this.lateTimer?.cancel();
    if (this.#ending !== undefined) return this.#ending;
    this.#ending = told;
    this.#learner.learn(this, told, failed);
    return told;
  }
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
  readonly #learner: Learner = {
    measure: (call) => this.#measure(call),
    learn: (call, ending, failed) => this.#learn(call, ending, failed),
  };

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
    const sentAt = this.#clock.now();
    const followed = new FollowedCall(sent, sentAt, this.#aimd.isQuiet(sentAt, sent.inFlight), this.#learner);
    if (sent.measured) {
      const lateAfterMs = this.#baseline.lateAfterMs(sent.requestBytes, sent.firstTokenMs);
      followed.lateTimer = this.#clock.schedule(lateAfterMs, () => followed.late());
    }
    return followed;
  }

  #measure({ sent, sentAt, quiet }: FollowedCall): void {
    if (!sent.measured) return;
    const tookMs = this.#clock.now() - sentAt;
    const times = tookMs / Math.max(1, this.#baseline.expectedMs(sent.requestBytes));
    this.#slowness.add(times);
    this.#curve.add(sent.inFlight, times, sentAt);
    this.#baseline.learn(sent.requestBytes, tookMs, quiet);
  }

  #learn({ sent: { inFlight } }: FollowedCall, ending: PermitEnding, failed: Failure | undefined): void {
    const now = this.#clock.now();
    if (ending === "late") this.#aimd.late(now, inFlight);
    else if (ending === "on-time") this.#aimd.onTime(now, inFlight);
    else if (failed !== undefined) this.#blame(failed, inFlight, now);
    this.#onLearned();
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
