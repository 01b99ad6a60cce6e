import type { Clock, Timer } from "../../clock.ts";
import {
  type FlightEnding,
  type FlightLedger,
  type FlightRead,
  type FlightSeat,
  FORGOTTEN_AFTER_MS,
} from "../flight-ledger.ts";

interface Flight {
  /** The token of its first leader. */
  readonly id: number;
  token: number;
  leaseMs: number;
  leaseUntil: number;
  readonly entries: string[];
  ending: FlightEnding | undefined;
  lingersUntil: number;
  progressAt: number;
  touchedAt: number;
  readonly waiting: Set<() => void>;
}

/** A {@link FlightLedger} in one process, for tests and the simulator: several engines may share it. */
export class MemoryFlightLedger implements FlightLedger {
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight>();
  #lastToken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(key: string, leaseMs: number): Promise<FlightSeat> {
    const now = this.#clock.now();
    this.#forget(now);
    const flight = this.#flights.get(key);
    const joinable =
      flight?.ending === undefined ? flight : flight.ending.type === "whole" && now < flight.lingersUntil;
    if (flight !== undefined && joinable) {
      flight.touchedAt = now;
      if (flight.ending !== undefined || now < flight.leaseUntil) return Promise.resolve({ role: "follower" });
      Object.assign(flight, { token: ++this.#lastToken, leaseMs, leaseUntil: now + leaseMs });
      return Promise.resolve({ role: "leader", token: flight.token, entries: [...flight.entries] });
    }
    const token = ++this.#lastToken;
    this.#flights.set(key, {
      id: token,
      token,
      leaseMs,
      leaseUntil: now + leaseMs,
      entries: [],
      ending: undefined,
      lingersUntil: 0,
      progressAt: now,
      touchedAt: now,
      waiting: flight?.waiting ?? new Set(),
    });
    return Promise.resolve({ role: "leader", token, entries: [] });
  }

  append(key: string, token: number, from: number, entries: readonly string[]): Promise<boolean> {
    const flight = this.#ledBy(key, token);
    if (flight === undefined || from > flight.entries.length) return Promise.resolve(false);
    const now = this.#clock.now();
    const added = entries.slice(flight.entries.length - from);
    flight.leaseUntil = now + flight.leaseMs;
    flight.touchedAt = now;
    if (added.length > 0) {
      flight.entries.push(...added);
      flight.progressAt = now;
      wake(flight);
    }
    return Promise.resolve(true);
  }

  end(key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean> {
    const flight = this.#ledBy(key, token);
    if (flight === undefined) return Promise.resolve(false);
    flight.ending = ending;
    flight.lingersUntil = this.#clock.now() + lingerMs;
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

  #forget(now: number): void {
    for (const [key, { touchedAt, waiting }] of this.#flights) {
      if (waiting.size === 0 && now - touchedAt > FORGOTTEN_AFTER_MS) this.#flights.delete(key);
    }
  }
}

function wake({ waiting }: Flight): void {
  for (const done of [...waiting]) done();
}
