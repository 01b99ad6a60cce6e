import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { platform } from "node:process";
import tls from "node:tls";
import { NEXT_ADDRESS_AFTER_MS, READ_BUFFER_BYTES, TCP_KEEP_ALIVE_MS } from "../defaults.ts";
import type { OpenSocket } from "./connection.ts";

/** Where connections lead and how they are made. */
export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  /** Finds the addresses of a name; Node's own when absent. */
  readonly lookup?: LookupFunction | undefined;
  /** Absent for plain TCP. */
  readonly tls?: { readonly secureContext?: tls.SecureContext | undefined } | undefined;
}

/**
 * What opens sockets to one origin: every address of its name is tried, TLS speaks HTTP/1.1 only and resumes sessions.
 *
 * A socket reads into memory that all of them share, where that is possible: a read is over before the next begins, and
 * an idle stream then holds none of its own.
 */
export function socketOpener(options: SocketOptions, shared: Buffer): OpenSocket {
  const { host, port, lookup } = options;
  let session: Buffer | undefined;
  return (onRead) => {
    const common = {
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
      ...(lookup === undefined ? {} : { lookup }),
      onread: {
        buffer: readBuffer(shared),
        callback: (length: number, buffer: Uint8Array) => onRead(asBuffer(buffer), length),
      },
    };
    if (options.tls === undefined) return connect(common);
    const { secureContext } = options.tls;
    const socket: Socket = tls.connect({
      ...common,
      ALPNProtocols: ["http/1.1"],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(session === undefined ? {} : { session }),
    });
    socket.on("session", (fresh: Buffer) => {
      session = fresh;
    });
    return socket;
  };
}

/** Windows hands the buffer over before there is anything to read, so each socket needs one of its own there. */
function readBuffer(shared: Buffer): Buffer {
  return platform === "win32" ? Buffer.allocUnsafeSlow(READ_BUFFER_BYTES) : shared;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
