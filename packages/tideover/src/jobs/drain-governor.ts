import type { Clock } from "../engine/clock.ts";
import { backoffDelay } from "../engine/kernels/backoff.ts";
import type { Random } from "../engine/random.ts";
import { DRAIN_SHARE, MOST_AT_ONCE, NO_ROOM_MS, OUTAGE_PAUSE } from "./defaults.ts";

/**
 * How many jobs of one route may run: at most a share of what its providers bear now, and after an outage from one on,
 * one more with every success (TCP's slow start: doubling per round). Live traffic then never meets a flood of jobs that
 * were only waiting for the provider to come back.
 */
export class DrainGovernor {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limit: () => number;
  readonly #share: number;
  #window = 1;
  #running = 0;
  #troubles = 0;
  #pausedUntil = 0;

  /** @param limit how many calls the route's providers bear at once now; 0 while none lets anything through */
  constructor(limit: () => number, share: number | undefined, clock: Clock, random: Random) {
    this.#limit = limit;
    this.#share = share ?? DRAIN_SHARE;
    this.#clock = clock;
    this.#random = random;
  }

  /** How many more jobs may begin now. */
  get room(): number {
    if (this.#clock.now() < this.#pausedUntil) return 0;
    const limit = this.#limit();
    if (limit <= 0) return 0;
    const most = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(this.#share * limit)));
    return Math.max(0, Math.min(most, Math.floor(this.#window)) - this.#running);
  }

  /** In how many ms it is worth asking for room again. */
  get pauseMs(): number {
    return Math.max(NO_ROOM_MS, this.#pausedUntil - this.#clock.now());
  }

  began(): void {
    this.#running++;
  }

  /** A job came back with an answer, or with its own fault: the providers work. */
  answered(): void {
    this.#running--;
    this.#troubles = 0;
    this.#window = Math.min(MOST_AT_ONCE, this.#window + 1);
  }

  /** Live traffic left no room for it. */
  crowdedOut(retryAfterMs = NO_ROOM_MS): void {
    this.#running--;
    this.#window = Math.max(1, this.#window / 2);
    this.#pause(retryAfterMs);
  }

  /** The providers could not answer it. */
  failed(retryAfterMs = 0): void {
    this.#running--;
    this.#window = 1;
    this.#troubles++;
    this.#pause(Math.max(retryAfterMs, backoffDelay(OUTAGE_PAUSE, this.#troubles, 0, this.#random)));
  }

  /** It was stopped; nothing was learned. */
  stopped(): void {
    this.#running--;
  }

  #pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
  }
}
