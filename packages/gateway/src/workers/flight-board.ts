import {
  type Clock,
  type FlightEnding,
  type FlightLedger,
  type FlightRead,
  type FlightSeat,
  FORGOTTEN_AFTER_MS,
  type Timer,
} from "tideover/engine";
import { MOST_FLIGHT_UNITS, MOST_FLIGHTS } from "./defaults.ts";

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
  progressAt: number;
  touchedAt: number;
  readonly waiting: Set<() => void>;
}

/**
 * The flights of all workers of one gateway, in the memory of their primary: the ledger through which N identical
 * requests over N workers make one call. Bounded in number and in length; beyond that an answer goes unshared.
 */
export class FlightBoard implements FlightLedger {
  readonly #clock: Clock;
  /** The one that was touched longest ago first. */
  readonly #flights = new Map<string, Flight>();
  #units = 0;
  #lastToken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
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
      if (flight.ending !== undefined || now < flight.leaseUntil) return Promise.resolve({ role: "follower" });
      Object.assign(flight, { token: ++this.#lastToken, leaseMs, leaseUntil: now + leaseMs });
      return Promise.resolve({ role: "leader", token: flight.token, entries: [...flight.entries] });
    }
    const token = ++this.#lastToken;
    this.#drop(key);
    this.#flights.set(key, {
      ...{ id: token, token, leaseMs, leaseUntil: now + leaseMs },
      ...{ entries: [], units: 0, ending: undefined, lingersUntil: 0 },
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
    if (this.#units + units > MOST_FLIGHT_UNITS) return this.end(key, token, { type: "unshared" }, 0).then(() => false);
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

  /** Looks at those that nobody has touched for longest, and stops at the first that is still of use. */
  #forget(now: number): void {
    for (const [key, flight] of this.#flights) {
      const isOver = flight.ending !== undefined && now >= flight.lingersUntil;
      const isForgotten = now - flight.touchedAt > FORGOTTEN_AFTER_MS;
      const isTooMany = this.#flights.size >= MOST_FLIGHTS;
      if (flight.waiting.size > 0 && !isTooMany) return;
      if (!isOver && !isForgotten && !isTooMany) return;
      this.#drop(key);
      wake(flight);
    }
  }

  #drop(key: string): void {
    this.#units -= this.#flights.get(key)?.units ?? 0;
    this.#flights.delete(key);
  }
}

/** Somebody leads, or should go on; or it ended whole a moment ago. */
function isJoinable({ ending, lingersUntil }: Flight, now: number): boolean {
  return ending === undefined || (ending.type === "whole" && now < lingersUntil);
}

function wake({ waiting }: Flight): void {
  for (const done of [...waiting]) done();
}

/** What one worker holds of a ledger, so that all of it can be given back when the worker is gone. */
export class WorkerFlights implements FlightLedger {
  readonly #ledger: FlightLedger;
  /** By token: its key. */
  readonly #led = new Map<number, string>();
  readonly read: FlightLedger["read"];

  constructor(ledger: FlightLedger) {
    this.#ledger = ledger;
    this.read = (key, from, waitMs, signal) => ledger.read(key, from, waitMs, signal);
  }

  async join(key: string, leaseMs: number): Promise<FlightSeat> {
    const seat = await this.#ledger.join(key, leaseMs);
    if (seat.role === "leader") this.#led.set(seat.token, key);
    return seat;
  }

  async append(key: string, token: number, from: number, entries: readonly string[]): Promise<boolean> {
    const leads = await this.#ledger.append(key, token, from, entries);
    if (!leads) this.#led.delete(token);
    return leads;
  }

  end(key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean> {
    this.#led.delete(token);
    return this.#ledger.end(key, token, ending, lingerMs);
  }

  release(key: string, token: number): Promise<void> {
    this.#led.delete(token);
    return this.#ledger.release(key, token);
  }

  /** The worker is gone: whoever follows it goes on with its answers at once. */
  async gone(): Promise<void> {
    const led = [...this.#led];
    this.#led.clear();
    for (const [token, key] of led) await this.#ledger.release(key, token);
  }
}
