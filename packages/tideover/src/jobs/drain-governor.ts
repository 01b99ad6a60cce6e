import type { Clock } from "../engine/clock.ts";
import { backoffDelay } from "../engine/kernels/backoff.ts";
import type { Random } from "../engine/random.ts";
import {
  CEILING_EVERY_MS,
  CEILING_FIRST_GROWTH,
  CEILING_GROWTH,
  CEILING_RETREAT,
  CLEARLY_SLOW,
  DRAIN_SHARE,
  MOST_AT_ONCE,
  MOST_SLOWNESS,
  NO_ROOM_MS,
  OUTAGE_PAUSE,
  USUAL_WEIGHT,
} from "./defaults.ts";

/** How a route's providers are doing now. */
export interface RouteLoad {
  /** Calls in flight, jobs included. */
  readonly inFlight: number;
  /** How long first tokens take now, as a multiple of the usual. */
  readonly slowness: number;
  /** How many calls there may be at once before first tokens come later; undefined while too few have told. */
  readonly knee?: (() => number | undefined) | undefined;
}

/** What the governor knows of a route's providers. */
export interface GovernedRoute {
  /** How many calls they bear at once now; 0 while none lets anything through. */
  limit(): number;
  /** Undefined where nothing is measured. */
  load(): RouteLoad | undefined;
}

/**
 * How many jobs of one route may run: at most a share of what its providers bear now; after an outage from one on, one
 * more with every success (TCP's slow start: doubling per round); and only in the gaps that live traffic leaves.
 *
 * The gaps end at a ceiling of calls at once, live ones and jobs together: what a provider bears before it refuses calls is
 * far more than what it bears before callers wait longer, so the limit alone would let jobs fill the provider's own queue.
 * The ceiling follows the load at which first tokens begin to come later, as calls among few and among many show it.
 * Until enough of them have, and whenever everything is clearly slow, it is found as LEDBAT finds the rate of a background
 * transfer (RFC 6817): it rises while first tokens come as fast as without jobs, and falls when they come later. That alone
 * goes too far and too far back again, since first tokens tell of a load that is over: beside it live first tokens came 11%
 * later in the simulated drain, beside the other 5%.
 */
export class DrainGovernor {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #route: GovernedRoute;
  readonly #share: number;
  #window = 1;
  #running = 0;
  #troubles = 0;
  #pausedUntil = 0;
  /** Calls at once up to which jobs may begin; undefined until there is something to measure it by. */
  #ceiling: number | undefined;
  #ceilingAt = 0;
  /** It has not been too high yet: it rises quickly, as TCP's window does before the first loss. */
  #isNew = true;
  /** It was reached since it was last moved: one that nobody reaches says nothing of what lies above it. */
  #reached = false;
  /** Slowness while no job to speak of ran: a provider that is slow without us is not made to wait for. */
  #usual = 1;

  constructor(route: GovernedRoute, share: number | undefined, clock: Clock, random: Random) {
    this.#route = route;
    this.#share = share ?? DRAIN_SHARE;
    this.#clock = clock;
    this.#random = random;
  }

  /** How many more jobs may begin now. */
  get room(): number {
    if (this.#clock.now() < this.#pausedUntil) return 0;
    const limit = this.#route.limit();
    if (limit <= 0) return 0;
    const most = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(this.#share * limit)));
    const own = Math.min(most, Math.floor(this.#window)) - this.#running;
    const load = this.#route.load();
    return Math.max(0, load === undefined ? own : Math.min(own, this.#gaps(load)));
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
    this.#ceiling = undefined;
    this.#troubles++;
    this.#pause(Math.max(retryAfterMs, backoffDelay(OUTAGE_PAUSE, this.#troubles, 0, this.#random)));
  }

  /** It was stopped; nothing was learned. */
  stopped(): void {
    this.#running--;
  }

  /** How many calls fit under the ceiling now. */
  #gaps({ inFlight, slowness, knee }: RouteLoad): number {
    const now = this.#clock.now();
    const live = Math.max(0, inFlight - this.#running);
    if (this.#ceiling === undefined) {
      this.#ceiling = live + 1;
      this.#isNew = true;
    }
    if (now - this.#ceilingAt >= CEILING_EVERY_MS) {
      this.#ceilingAt = now;
      if (this.#running <= 1) this.#usual += USUAL_WEIGHT * (slowness - this.#usual);
      this.#ceiling = this.#moved(this.#ceiling, inFlight, slowness / Math.max(1, this.#usual), knee?.());
      this.#reached = false;
    }
    this.#reached ||= inFlight + 1 >= this.#ceiling;
    return Math.floor(this.#ceiling) - inFlight;
  }

  /** Where the ceiling is to be from now on. */
  #moved(ceiling: number, inFlight: number, slowness: number, knee: number | undefined): number {
    if (slowness > (knee === undefined ? MOST_SLOWNESS : CLEARLY_SLOW)) {
      this.#isNew = false;
      return Math.max(1, CEILING_RETREAT * Math.min(ceiling, inFlight));
    }
    // At once where it stands in callers' way, but not on a single look's word alone.
    if (knee !== undefined && knee < ceiling) return Math.max(1, knee, CEILING_RETREAT * ceiling);
    if (!this.#reached) return ceiling;
    const growth = this.#isNew && knee === undefined ? CEILING_FIRST_GROWTH : CEILING_GROWTH;
    return Math.min(knee ?? Number.POSITIVE_INFINITY, ceiling + Math.max(1, growth * ceiling));
  }

  #pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
  }
}
