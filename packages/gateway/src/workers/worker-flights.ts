import type { FlightEnding, FlightLedger, FlightSeat } from "tideover/engine";

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
