import type { Transport } from "tideover/engine";
import { LOOK_MS } from "./defaults.ts";
import { identify } from "./identify.ts";
import type { LocalServer } from "./local-server.ts";
import { Look } from "./look-at.ts";

/** Where to look, and for how long. */
export interface FindOptions {
  readonly transport: Transport;
  /** Ports of this machine's loopback address. */
  readonly ports: readonly number[];
  /** Ends the search. */
  readonly signal: AbortSignal;
  /** Longest look at one address, in ms. Default {@link LOOK_MS}. */
  readonly patienceMs?: number | undefined;
}

/** The servers of models on this machine, in the order of the ports: all ports are looked at at once. Never rejects. */
export async function findServers(options: FindOptions): Promise<readonly LocalServer[]> {
  const { transport, ports, signal, patienceMs = LOOK_MS } = options;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const found = await Promise.all(
    [...new Set(ports)].map((port) => {
      const origin = `http://127.0.0.1:${port}`;
      return identify(new Look(transport, origin, limit), origin);
    }),
  );
  return found.filter((server) => server !== undefined);
}
