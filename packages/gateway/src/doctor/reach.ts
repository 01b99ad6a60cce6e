import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "tideover/engine";
import { SHORT_WAIT_MS } from "./defaults.ts";
import { printable } from "./printable.ts";
import type { Reach } from "./report.ts";

/**
 * Measures the way to a host: name, connection, TLS handshake. The certificate is not judged here but by the requests
 * that follow, which trust what the configuration trusts. Never rejects.
 */
export async function measureReach(baseUrl: string, clock: Clock, signal: AbortSignal): Promise<Reach> {
  const { hostname, port, protocol } = new URL(baseUrl);
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const times: { dnsMs?: number; connectMs?: number; tlsMs?: number } = {};
  let socket: Socket | undefined;
  try {
    let from = clock.now();
    const address = isIP(host) === 0 ? await inTime(clock, signal, lookup(host)) : { address: host };
    if (isIP(host) === 0) times.dnsMs = Math.round(clock.now() - from);
    from = clock.now();
    socket = connect({ host: address.address, port: port === "" ? (secure ? 443 : 80) : Number(port) });
    await inTime(clock, signal, once(socket, "connect"));
    times.connectMs = Math.round(clock.now() - from);
    if (secure) {
      from = clock.now();
      const named = isIP(host) === 0 ? { servername: host } : {};
      socket = connectTls({ socket, ...named, rejectUnauthorized: false });
      await inTime(clock, signal, once(socket, "secureConnect"));
      times.tlsMs = Math.round(clock.now() - from);
    }
    return { reachable: true, proxied: false, ...times };
  } catch (error) {
    const problem = printable(error instanceof Error ? error.message : String(error));
    return { reachable: false, proxied: false, ...times, problem };
  } finally {
    socket?.destroy();
  }
}

function once(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    // Stays on: an error after the time is up has nobody left to hear it.
    socket.on("error", reject);
  });
}

/** Rejects when the work takes longer than a short wait or the signal aborts. */
function inTime<Result>(clock: Clock, signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${SHORT_WAIT_MS / 1_000} s`));
    const timer = clock.schedule(SHORT_WAIT_MS, late);
    const stop = () => reject(new Error("stopped"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => {
      timer.cancel();
      signal.removeEventListener("abort", stop);
    });
  });
}
