import type { FlightEnding, FlightLedger, FlightRead, FlightSeat } from "tideover/engine";
import type { FlightMessage, FlightReply } from "./flight-message.ts";

/** What is used of a binding to a class of Durable Objects; those of the platform fit. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: never): { fetch(url: string, init: RequestInit): Promise<Response> };
}

/** Objects have no address of their own; a request needs one. */
const ADDRESS = "https://flights.invalid/";

/**
 * Single-flight across isolates: identical requests at the same time share one answer, wherever in the world they came
 * in. Each flight is a Durable Object of the class `FlightsObject`, made near the one that leads. Like every ledger it
 * is an optimisation: an object that is slow or away costs a request 100 ms, and then nothing.
 */
export function objectFlightLedger(namespace: ObjectNamespace): FlightLedger {
  const send = async <Kind extends FlightMessage["do"]>(
    key: string,
    message: FlightMessage & { readonly do: Kind },
    signal?: AbortSignal,
  ): Promise<FlightReply[Kind]> => {
    const object = namespace.get(namespace.idFromName(key) as never);
    const body = JSON.stringify(message);
    const headers = { "content-type": "application/json" };
    const response = await object.fetch(ADDRESS, { method: "POST", headers, body, signal: signal ?? null });
    if (!response.ok) throw new Error(`The object of a flight answered ${response.status}.`);
    return (await response.json()) as FlightReply[Kind];
  };
  return {
    join: (key: string, leaseMs: number): Promise<FlightSeat> => send(key, { do: "join", leaseMs }),
    append: (key: string, token: number, from: number, entries: readonly string[]): Promise<boolean> =>
      send(key, { do: "append", token, from, entries }),
    end: (key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean> =>
      send(key, { do: "end", token, ending, lingerMs }),
    async release(key: string, token: number): Promise<void> {
      await send(key, { do: "release", token });
    },
    async read(key: string, from: number, waitMs: number, signal: AbortSignal): Promise<FlightRead | undefined> {
      return (await send(key, { do: "read", from, waitMs }, signal)) ?? undefined;
    },
  };
}
