import type { Clock } from "../../clock.ts";
import type { BreakerStateName } from "../../engine-event.ts";
import type { FailureKind } from "../../failure.ts";
import { RingWindow } from "../../kernels/ring-window.ts";
import {
  BREAKER_BUCKETS,
  BREAKER_CONSECUTIVE,
  BREAKER_COUNTS,
  BREAKER_MAX_OPEN_MS,
  BREAKER_MINIMUM,
  BREAKER_OPEN_MS,
  BREAKER_PROBES,
  BREAKER_RATIO,
  BREAKER_WINDOW_MS,
  CHANCE_OF_A_RUN,
  MOST_RETRY_AFTER_MS,
  SLOW_START_END,
} from "./defaults.ts";
import { type CallBeginning, FailureRow } from "./failure-row.ts";
import { type BreakerPermit, Place, type PlaceKeeper } from "./place.ts";

/** When a breaker opens and how it closes again. Times in ms. */
export interface BreakerOptions {
  /** Failures in a row that open it; more where so many would come in a row by chance. */
  readonly consecutive: number;
  /** Share of failures in the window that opens it, once `minimum` results are there. */
  readonly ratio: number;
  readonly minimum: number;
  readonly windowMs: number;
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** Concurrent calls let through while half-open; two thirds of them must succeed. */
  readonly probes: number;
  /** The failure kinds that count. */
  readonly counts: readonly FailureKind[];
}

/** The defaults of every option. */
export const BREAKER_DEFAULTS: BreakerOptions = {
  consecutive: BREAKER_CONSECUTIVE,
  ratio: BREAKER_RATIO,
  minimum: BREAKER_MINIMUM,
  windowMs: BREAKER_WINDOW_MS,
  openMs: BREAKER_OPEN_MS,
  maxOpenMs: BREAKER_MAX_OPEN_MS,
  probes: BREAKER_PROBES,
  counts: BREAKER_COUNTS,
};

/** Why a call was not let through, and when it makes sense to ask again. */
export interface BreakerRefusal {
  readonly why: "open" | "probing" | "slow-start";
  readonly retryAfterMs: number;
}

type State =
  | { readonly name: "closed"; readonly since: number; slowStartLimit: number }
  | { readonly name: "open"; readonly until: number }
  | { readonly name: "half-open"; probing: number; succeeded: number; failed: number };

const SUCCESSES = 0;
const FAILURES = 1;
/** What is suggested to a caller who meets a half-open or slowly starting provider, in ms. */
const SOON_MS = 1_000;

/**
 * A circuit breaker as a state machine that is computed from the clock whenever it is looked at: it needs no timer,
 * so it also works in a process that sleeps between requests.
 *
 * - Every result carries the generation of the state that let its call through; a result from an older state is
 *   ignored, so that a late success cannot close, nor a late failure re-open, what was decided since.
 * - After closing it starts slowly: few calls at once, one more with each success.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerStateName, reason: string) => void;
  readonly #results: RingWindow;
  #state: State = { name: "closed", since: Number.NEGATIVE_INFINITY, slowStartLimit: Number.POSITIVE_INFINITY };
  #generation = 0;
  readonly #row = new FailureRow();
  #openings = 0;
  #inFlight = 0;
  /** Calls that this state has let through and that have told no result. */
  #undecided = 0;
  readonly #places: PlaceKeeper = {
    succeeded: (place) => {
      if (this.#judge(place)) this.#succeed(place);
    },
    failed: (place, reason, retryAfterMs) => {
      // An answer that broke after it had begun says nothing of what has begun since.
      const call = place.judged ? { at: this.#clock.now(), undecidedBefore: this.#undecided } : place;
      if (this.#judge(place)) this.#fail(call, reason, retryAfterMs);
    },
    released: (place) => {
      this.#inFlight--;
      if (!place.judged) this.#judge(place);
    },
  };

  constructor(options: BreakerOptions, clock: Clock, onChange: (state: BreakerStateName, reason: string) => void) {
    validate(options);
    this.#options = options;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#results = new RingWindow(2, BREAKER_BUCKETS, options.windowMs / BREAKER_BUCKETS);
  }

  /** The state now. */
  get state(): BreakerStateName {
    return this.#current().name;
  }

  /** Calls let through whose streams have not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Closed, and no longer only so many calls at once as a provider gets that has just recovered. */
  get steady(): boolean {
    const state = this.#current();
    return state.name === "closed" && state.slowStartLimit === Number.POSITIVE_INFINITY;
  }

  /** Nothing is known that would be lost by forgetting this breaker. */
  get idle(): boolean {
    return this.#inFlight === 0 && this.#current().name === "closed" && this.#row.length === 0;
  }

  /** Why a call would not be let through now; undefined when it would. Changes nothing. */
  refusal(): BreakerRefusal | undefined {
    const state = this.#current();
    if (state.name === "open") return { why: "open", retryAfterMs: state.until - this.#clock.now() };
    if (state.name === "half-open") {
      const places = this.#options.probes - state.probing - state.succeeded - state.failed;
      return places > 0 ? undefined : { why: "probing", retryAfterMs: SOON_MS };
    }
    return this.#inFlight < state.slowStartLimit ? undefined : { why: "slow-start", retryAfterMs: SOON_MS };
  }

  /** Lets one call through, or says why not. */
  acquire(): BreakerPermit | BreakerRefusal {
    const refusal = this.refusal();
    if (refusal !== undefined) return refusal;
    const state = this.#state;
    if (state.name === "half-open") state.probing++;
    this.#inFlight++;
    return new Place(this.#generation, this.#clock.now(), this.#undecided++, this.#places);
  }

  /**
   * Takes over what another process has found out about the same provider: that it is to be left alone for
   * `openForMs` more, or that it is well again. Of two open times the later one counts; when it is over, each process
   * sends its own probes.
   */
  follow(told: { readonly state: "open"; readonly openForMs: number } | { readonly state: "closed" }): void {
    const state = this.#current();
    if (told.state === "closed") {
      if (state.name !== "closed") this.#close("found out by another process");
      return;
    }
    const until = this.#clock.now() + told.openForMs;
    if (state.name === "open") {
      this.#state = { name: "open", until: Math.max(state.until, until) };
      return;
    }
    this.#openings++;
    this.#change({ name: "open", until }, "found out by another process");
  }

  /** A result is told, or none will be. @returns whether it counts: it does not when the state has changed since. */
  #judge(place: Place): boolean {
    if (place.generation !== this.#generation) return false;
    if (place.judged) return true;
    if (this.#state.name === "half-open") this.#state.probing--;
    this.#undecided--;
    place.judged = true;
    return true;
  }

  #succeed({ at }: CallBeginning): void {
    const now = this.#clock.now();
    this.#row.end(now - at, this.#undecided);
    const state = this.#state;
    if (state.name === "half-open") {
      state.succeeded++;
      if (state.succeeded >= this.#successesNeeded()) this.#close("probes succeeded");
      return;
    }
    if (state.name === "open") return;
    this.#results.add(now, SUCCESSES, 1);
    state.slowStartLimit++;
    if (state.slowStartLimit >= SLOW_START_END) this.#trustAgain(state);
  }

  #fail(call: CallBeginning, reason: string, retryAfterMs: number | undefined): void {
    const state = this.#state;
    if (state.name === "half-open") {
      state.failed++;
      if (state.failed > this.#options.probes - this.#successesNeeded())
        this.#open(`probes failed: ${reason}`, retryAfterMs);
      return;
    }
    if (state.name === "open") return;
    const now = this.#clock.now();
    this.#results.add(now, FAILURES, 1);
    this.#row.extend(call);
    const { length } = this.#row;
    const { ratio, minimum } = this.#options;
    // With `ratio: off` a row is a row.
    const pending = minimum === Number.POSITIVE_INFINITY ? 0 : this.#row.pending(now, this.#undecided);
    if (length >= this.#rowThatOpens(now) && length / (length + pending) >= ratio) {
      this.#open(`${length} failures in a row: ${reason}`, retryAfterMs);
      return;
    }
    const failures = this.#results.total(now, FAILURES);
    const results = failures + this.#results.total(now, SUCCESSES);
    if (results >= minimum && failures / (results + pending) >= ratio) {
      this.#open(`${failures} of ${results} calls failed: ${reason}`, retryAfterMs);
    }
  }

  /**
   * Failures in a row that are no accident: `consecutive`, and more where a share of all calls fails anyway. Five of a
   * provider that fails for one call in five come in a row once in an hour at 5 calls per second.
   */
  #rowThatOpens(now: number): number {
    const { consecutive, minimum } = this.#options;
    const failures = this.#results.total(now, FAILURES) - this.#row.length;
    const results = failures + this.#results.total(now, SUCCESSES);
    if (failures <= 0 || results < minimum) return consecutive;
    return Math.max(consecutive, Math.ceil(Math.log(CHANCE_OF_A_RUN) / Math.log(failures / results)));
  }

  /** Two of three, rounded up. */
  #successesNeeded(): number {
    return Math.ceil((this.#options.probes * 2) / 3);
  }

  /** The recovery has held: the next trouble is a new one, and begins with the shortest open time. */
  #trustAgain(state: { slowStartLimit: number }): void {
    state.slowStartLimit = Number.POSITIVE_INFINITY;
    this.#openings = 0;
  }

  #open(reason: string, retryAfterMs = 0): void {
    const { openMs, maxOpenMs } = this.#options;
    const ownTime = Math.min(openMs * 2 ** this.#openings, Math.max(openMs, maxOpenMs));
    const duration = Math.max(ownTime, Math.min(retryAfterMs, MOST_RETRY_AFTER_MS));
    this.#openings++;
    this.#change({ name: "open", until: this.#clock.now() + duration }, reason);
  }

  #close(reason: string): void {
    this.#results.clear();
    this.#row.clear();
    this.#change({ name: "closed", since: this.#clock.now(), slowStartLimit: this.#options.probes }, reason);
  }

  #current(): State {
    if (this.#state.name === "open" && this.#clock.now() >= this.#state.until) {
      this.#change({ name: "half-open", probing: 0, succeeded: 0, failed: 0 }, "open time is over");
    }
    // A small app may never have enough calls to pass the slow start by their number.
    const state = this.#state;
    if (state.name === "closed" && this.#openings > 0 && this.#clock.now() - state.since >= this.#options.windowMs) {
      this.#trustAgain(state);
    }
    return state;
  }

  #change(state: State, reason: string): void {
    this.#state = state;
    this.#undecided = 0;
    this.#generation++;
    this.#onChange(state.name, reason);
  }
}

function validate({ consecutive, ratio, minimum, windowMs, openMs, maxOpenMs, probes }: BreakerOptions): void {
  const positive = { consecutive, minimum, windowMs, openMs, maxOpenMs, probes };
  for (const [name, value] of Object.entries(positive)) {
    if (!(value > 0)) throw new RangeError(`A circuit breaker needs ${name} > 0, got ${value}`);
  }
  if (!(ratio > 0 && ratio <= 1)) throw new RangeError(`A circuit breaker needs 0 < ratio <= 1, got ${ratio}`);
}
