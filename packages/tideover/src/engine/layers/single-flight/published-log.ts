import type { Clock, Timer } from "../../clock.ts";
import type { Failure } from "../../failure.ts";
import type { FlightEnding, FlightLedger } from "../../ports/flight-ledger.ts";
import type { StoreGuard } from "../cache/store-guard.ts";
import { APPEND_AGAIN_MS, APPEND_BOUND_MS, LINGER_MS, MOST_LOG_EVENTS, MOST_LOG_LENGTH, RENEW_MS } from "./defaults.ts";

/** What a {@link PublishedLog} is written to. */
export interface PublishedLogParts {
  readonly ledger: FlightLedger;
  readonly guard: StoreGuard;
  readonly clock: Clock;
  readonly key: string;
  readonly token: number;
  /** Entries that an earlier leader wrote. */
  readonly written: readonly string[];
}

/**
 * Writes the leader's log off everybody's path: one append at a time, each with all that has come meanwhile, and a
 * renewal of the lease while nothing comes. It stops for good when somebody else leads.
 */
export class PublishedLog {
  readonly #parts: PublishedLogParts;
  #written: number;
  #length: number;
  #waiting: string[] = [];
  #ending: FlightEnding | "release" | undefined;
  #busy = false;
  #over = false;
  #timer: Timer | undefined;

  constructor(parts: PublishedLogParts) {
    this.#parts = parts;
    this.#written = parts.written.length;
    this.#length = parts.written.reduce((sum, entry) => sum + entry.length, 0);
    this.#rest(RENEW_MS);
  }

  /** Takes the next entries. A log that outgrows its bounds ends, and the answer goes on without it. */
  add(entries: readonly string[]): void {
    if (this.#over || this.#ending !== undefined) return;
    for (const entry of entries) {
      this.#waiting.push(entry);
      this.#length += entry.length;
    }
    const isFull = this.#length > MOST_LOG_LENGTH || this.#written + this.#waiting.length > MOST_LOG_EVENTS;
    if (isFull) this.end({ type: "unshared" });
    else this.#writeOn();
  }

  /** The answer has ended; what waits is written first. */
  end(ending: FlightEnding): void {
    if (this.#over || this.#ending !== undefined) return;
    this.#ending = ending;
    this.#writeOn();
  }

  /** The answer failed. What only concerns our own callers leaves the lead to others. */
  fail(failed: Failure): void {
    if (failed.kind === "cancelled" || failed.kind === "deadline") this.release();
    else this.end({ type: "failed", failure: JSON.stringify(failed) });
  }

  /** Nobody here wants the answer any more: others may go on with it. */
  release(): void {
    if (this.#over || this.#ending !== undefined) return;
    this.#ending = "release";
    this.#writeOn();
  }

  #writeOn(): void {
    if (this.#busy || this.#over) return;
    this.#busy = true;
    this.#timer?.cancel();
    void this.#write().then((delayMs) => {
      this.#busy = false;
      if (delayMs === undefined) this.#over = true;
      else if (delayMs === 0) this.#writeOn();
      else this.#rest(delayMs);
    });
  }

  #rest(delayMs: number): void {
    this.#timer = this.#parts.clock.schedule(delayMs, () => this.#writeOn());
  }

  /** One step. @returns until the next one, in ms; undefined when there is none. */
  async #write(): Promise<number | undefined> {
    const { ledger, guard, key, token } = this.#parts;
    const ending = this.#ending;
    if (this.#waiting.length === 0 && ending !== undefined) {
      await guard.run(async () => {
        if (ending === "release") await ledger.release(key, token);
        else await ledger.end(key, token, ending, LINGER_MS);
      }, APPEND_BOUND_MS);
      return undefined;
    }
    const sent = [...this.#waiting];
    const appended = await guard.run(() => ledger.append(key, token, this.#written, sent), APPEND_BOUND_MS);
    if (!appended.ok) {
      // Without the ledger nobody can be told the rest; the lease runs out by itself.
      return this.#ending === undefined ? APPEND_AGAIN_MS : undefined;
    }
    if (!appended.value) return undefined;
    this.#waiting.splice(0, sent.length);
    this.#written += sent.length;
    return this.#waiting.length > 0 || this.#ending !== undefined ? 0 : RENEW_MS;
  }
}
