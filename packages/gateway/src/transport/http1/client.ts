import type { LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import type { TransportRequest } from "tideover/engine";
import { TurnEnd } from "../../turn-end.ts";
import { MAX_ORIGINS, READ_BUFFER_BYTES } from "../defaults.ts";
import type { Exchange } from "../exchange.ts";
import type { RequestTarget } from "../request-target.ts";
import type { RequestListener } from "./connection.ts";
import { HttpError } from "./http-error.ts";
import { socketOpener } from "./open-socket.ts";
import { Pool } from "./pool.ts";
import { requestBytes } from "./request-bytes.ts";
import type { ResponseHead } from "./response-head.ts";

/** What of the connections can be set. */
export interface Http1ClientOptions {
  readonly lookup?: LookupFunction | undefined;
  /** The authorities to trust; Node's own when absent. */
  readonly secureContext?: SecureContext | undefined;
}

/**
 * A client for HTTP/1.1 straight on sockets: one request at a time per connection, connections kept and used again, no
 * timer for a request, no redirect, no retry.
 */
export class Http1Client {
  readonly #options: Http1ClientOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly #turnEnd = new TurnEnd();
  #closed = false;

  constructor(options: Http1ClientOptions) {
    this.#options = options;
  }

  /** Sends a request; what becomes of it is told to the exchange. */
  send(request: TransportRequest, target: RequestTarget, exchange: Exchange): void {
    if (this.#closed) {
      exchange.error(new HttpError("HTTP_DESTROYED", "The client was closed."));
      return;
    }
    try {
      const bytes = requestBytes(request, target.host, target.path);
      const carrier = this.#poolOf(target).send(bytes, new ExchangeListener(exchange));
      exchange.carrier = carrier;
      // Given up by whoever was told that it is connected.
      if (exchange.isOver) carrier.abandon();
    } catch (error) {
      exchange.error(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Ends every connection; what is under way fails. */
  close(): void {
    this.#closed = true;
    for (const pool of [...this.#pools.values()]) pool.close();
  }

  #poolOf(target: RequestTarget): Pool {
    const { origin, hostname, port, secure } = target;
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    if (this.#pools.size >= MAX_ORIGINS) throw new HttpError("HTTP_MANY_ORIGINS", `${MAX_ORIGINS} origins are in use.`);
    const { lookup, secureContext } = this.#options;
    const open = socketOpener(
      { host: hostname, port, lookup, tls: secure ? { secureContext } : undefined },
      this.#readBuffer,
    );
    const pool = new Pool(open, secure, this.#turnEnd, () => this.#pools.delete(origin));
    this.#pools.set(origin, pool);
    return pool;
  }
}

/** Tells an exchange what comes for it. It lives as long as an answer, so it is one object, and not six closures. */
class ExchangeListener implements RequestListener {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  onConnected(): void {
    this.#exchange.connected();
  }

  onFirstByte(): void {
    this.#exchange.firstByte();
  }

  onHead({ status, headers }: ResponseHead): void {
    this.#exchange.head({ status, header: (name) => headers.get(name) });
  }

  onData(bytes: Buffer): void {
    this.#exchange.data(bytes);
    this.#exchange.flush();
  }

  onEnd(): void {
    this.#exchange.end();
    this.#exchange.flush();
  }

  onError(error: Error): void {
    this.#exchange.error(error);
    this.#exchange.flush();
  }
}
