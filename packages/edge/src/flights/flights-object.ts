import { MemoryFlightLedger } from "tideover/engine";
import { FLIGHT_OBJECT_BOUNDS } from "../defaults.ts";
import { edgeClock } from "../edge-clock.ts";
import type { FlightMessage, FlightReply } from "./flight-message.ts";

/** All flights of an object have this key: there is one object for each key. */
const KEY = "flight";
/** Tokens a millisecond: those of an object that was evicted stay below those of its successor. */
const TOKENS_A_MS = 1_000;

/**
 * A Durable Object that holds one flight: who makes the answer to identical requests, and the log that the others
 * follow. It lives in memory alone; one that is evicted is as a ledger that was lost, and its followers go on by
 * themselves. Reached through `objectFlightLedger`; export it from the Worker's module under the name of its binding.
 */
export class FlightsObject {
  readonly #ledger = new MemoryFlightLedger(edgeClock, Date.now() * TOKENS_A_MS, FLIGHT_OBJECT_BOUNDS);

  /** Takes one message of the ledger that this object stands behind. */
  async fetch(request: Request): Promise<Response> {
    // Only a binding reaches an object, and behind it stands our own code.
    const message = (await request.json()) as FlightMessage;
    return Response.json(await this.#reply(message, request.signal));
  }

  async #reply(message: FlightMessage, signal: AbortSignal): Promise<FlightReply[keyof FlightReply]> {
    switch (message.do) {
      case "join":
        return this.#ledger.join(KEY, message.leaseMs);
      case "append":
        return this.#ledger.append(KEY, message.token, message.from, message.entries);
      case "end":
        return this.#ledger.end(KEY, message.token, message.ending, message.lingerMs);
      case "release":
        await this.#ledger.release(KEY, message.token);
        return null;
      case "read":
        return (await this.#ledger.read(KEY, message.from, message.waitMs, signal)) ?? null;
    }
  }
}
