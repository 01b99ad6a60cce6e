import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LISTEN_BACKLOG } from "./defaults.ts";

/** The server could not begin to listen; the message says what to do. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
  /** Node's error code, such as `EADDRINUSE`. */
  readonly code: string;

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Begins to listen.
 * @returns the port, which is chosen by the system when 0 was asked for.
 * @throws ServerStartError when that is not possible.
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "UNKNOWN";
      reject(new ServerStartError(code, startAdvice(code, host, port, error.message), error));
    };
    server.once("error", onError);
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** What to do when listening failed, by Node's error code. */
export function startAdvice(code: string, host: string, port: number, message: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is taken; use --port or set server.port`;
    case "EACCES":
      return `Port ${port} needs more rights than this process has; use --port or set server.port to one above 1023`;
    case "EADDRNOTAVAIL":
      return `${host} is not an address of this machine; use --host or set server.host`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name ${host} is not known; use --host or set server.host to an address of this machine`;
    default:
      return `Cannot listen on ${host} port ${port}: ${message}`;
  }
}

/** The URL under which a client on this machine reaches the server. */
export function localUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}
