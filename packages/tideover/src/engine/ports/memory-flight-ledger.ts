import type { Clock, Timer } from "../clock.ts";
import {
  type FlightEnding,
  type FlightLedger,
  type FlightRead,
  type FlightSeat,
  FORGOTTEN_AFTER_MS,
} from "./flight-ledger.ts";

interface Flight {
  /** The token of its first leader. */
  readonly id: number;
  token: number;
  leaseMs: number;
  leaseUntil: number;
  readonly entries: string[];
  /** Length of the entries together, in UTF-16 units. */
  units: number;
  ending: FlightEnding | undefined;
  lingersUntil: number;
  /** Somebody reads it, perhaps more slowly than it grows: at the pace of a caller. */
  followed: boolean;
  progressAt: number;
  touchedAt: number;
  readonly waiting: Set<() => void>;
}

/** How much a ledger in memory holds. */
interface FlightBounds {
  /** Flights that are remembered; beyond that the one that was touched longest ago makes room. */
  readonly flights: number;
  /**
   * Length of their logs together, in UTF-16 units (one or two bytes each); beyond that those that have ended make room,
   * and where none has, an answer goes unshared.
   */
  readonly units: number;
}

/** What a ledger in memory holds unless it is told otherwise: enough for the workers of one machine. */
const FLIGHT_BOUNDS: FlightBounds = { flights: 20_000, units: 128 * 1_024 * 1_024 };

/**
 * A {@link FlightLedger} in one process: for several engines that share it there, for a place that others reach (the
 * primary of a gateway's workers, a Durable Object), and for tests. Bounded in number and in length.
 */
export class MemoryFlightLedger implements FlightLedger {
  readonly #clock: Clock;
  readonly #bounds: FlightBounds;
  /** The one that was touched longest ago first. */
  readonly #flights = new Map<string, Flight>();
  /** Those that ended a moment ago, in that order. */
  readonly #lingering = new Map<string, Flight>();
  #units = 0;
  #lastToken: number;

  /**
   * @param lastToken tokens are greater than this: a ledger that comes after another one, whose tokens may still be
   *   held, begins above them
   */
  constructor(clock: Clock, lastToken = 0, bounds = FLIGHT_BOUNDS) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#lastToken = lastToken;
  }

  /** Flights that are remembered, and the length of their logs. */
  get size(): { readonly flights: number; readonly units: number } {
    return { flights: this.#flights.size, units: this.#units };
  }

  join(key: string, leaseMs: number): Promise<FlightSeat> {
    const now = this.#clock.now();
    this.#forget(now);
    const flight = this.#flights.get(key);
    if (flight !== undefined && isJoinable(flight, now)) {
      this.#touch(key, flight, now);
      if (flight.ending !== undefined || now < flight.leaseUntil) {
        flight.followed = true;
        return Promise.resolve({ role: "follower" });
      }
      Object.assign(flight, { token: ++this.#lastToken, leaseMs, leaseUntil: now + leaseMs });
      return Promise.resolve({ role: "leader", token: flight.token, entries: [...flight.entries] });
    }
    const token = ++this.#lastToken;
    this.#drop(key);
    this.#flights.set(key, {
      ...{ id: token, token, leaseMs, leaseUntil: now + leaseMs },
      ...{ entries: [], units: 0, ending: undefined, lingersUntil: 0, followed: false },
      ...{ progressAt: now, touchedAt: now, waiting: flight?.waiting ?? new Set() },
    });
    return Promise.resolve({ role: "leader", token, entries: [] });
  }

  append(key: string, token: number, from: number, entries: readonly string[]): Promise<boolean> {
    const flight = this.#ledBy(key, token);
    if (flight === undefined || from > flight.entries.length) return Promise.resolve(false);
    const now = this.#clock.now();
    flight.leaseUntil = now + flight.leaseMs;
    this.#touch(key, flight, now);
    const added = entries.slice(flight.entries.length - from);
    if (added.length === 0) return Promise.resolve(true);
    const units = added.reduce((sum, { length }) => sum + length, 0);
    if (!this.#hasRoomFor(units)) return this.end(key, token, { type: "unshared" }, 0).then(() => false);
    this.#units += units;
    flight.units += units;
    flight.entries.push(...added);
    flight.progressAt = now;
    wake(flight);
    return Promise.resolve(true);
  }

  end(key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean> {
    const flight = this.#ledBy(key, token);
    if (flight === undefined) return Promise.resolve(false);
    const now = this.#clock.now();
    flight.ending = ending;
    flight.lingersUntil = now + lingerMs;
    this.#touch(key, flight, now);
    this.#lingering.set(key, flight);
    wake(flight);
    return Promise.resolve(true);
  }

  release(key: string, token: number): Promise<void> {
    const flight = this.#ledBy(key, token);
    if (flight !== undefined) {
      flight.leaseUntil = 0;
      wake(flight);
    }
    return Promise.resolve();
  }

  async read(key: string, from: number, waitMs: number, signal: AbortSignal): Promise<FlightRead | undefined> {
    const until = this.#clock.now() + waitMs;
    for (;;) {
      const flight = this.#flights.get(key);
      if (flight === undefined) return undefined;
      const now = this.#clock.now();
      const led = flight.ending !== undefined || now < flight.leaseUntil;
      const isNews = flight.entries.length > from || flight.ending !== undefined || !led;
      if (isNews || now >= until || signal.aborted) {
        const progressAgeMs = now - flight.progressAt;
        return { entries: flight.entries.slice(from), ending: flight.ending, led, flight: flight.id, progressAgeMs };
      }
      await this.#change(flight, Math.min(until, flight.leaseUntil) - now, signal);
    }
  }

  /** The flight of a key while this token leads it. */
  #ledBy(key: string, token: number): Flight | undefined {
    const flight = this.#flights.get(key);
    return flight?.token === token && flight.ending === undefined ? flight : undefined;
  }

  #touch(key: string, flight: Flight, now: number): void {
    flight.touchedAt = now;
    this.#flights.delete(key);
    this.#flights.set(key, flight);
  }

  #change(flight: Flight, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const done = () => {
        timer?.cancel();
        flight.waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      timer = this.#clock.schedule(ms, done);
      flight.waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /**
   * Lets go of what nobody can join or follow any more: most flights have had no follower at all. Then it looks at those
   * that nobody has touched for longest, and stops at the first that is still of use.
   */
  #forget(now: number): void {
    for (const [key, flight] of this.#lingering) {
      if (now < flight.lingersUntil) break;
      this.#lingering.delete(key);
      if (!flight.followed) this.#drop(key);
    }
    for (const [key, flight] of this.#flights) {
      const isForgotten = flight.waiting.size === 0 && now - flight.touchedAt > FORGOTTEN_AFTER_MS;
      if (!isForgotten && this.#flights.size < this.#bounds.flights) return;
      this.#drop(key);
      wake(flight);
    }
  }

  /** Whether a log may grow by so much; those that have ended make room, the one that was touched longest ago first. */
  #hasRoomFor(units: number): boolean {
    for (const [key, flight] of this.#flights) {
      if (this.#units + units <= this.#bounds.units) break;
      if (flight.ending === undefined) continue;
      this.#drop(key);
      wake(flight);
    }
    return this.#units + units <= this.#bounds.units;
  }

  #drop(key: string): void {
    this.#units -= this.#flights.get(key)?.units ?? 0;
    this.#flights.delete(key);
    this.#lingering.delete(key);
  }
}

/** Somebody leads, or should go on; or it ended whole a moment ago. */
function isJoinable({ ending, lingersUntil }: Flight, now: number): boolean {
  return ending === undefined || (ending.type === "whole" && now < lingersUntil);
}

function wake({ waiting }: Flight): void {
  for (const done of [...waiting]) done();
}
