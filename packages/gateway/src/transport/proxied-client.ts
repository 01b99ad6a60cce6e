import type { Socket } from "node:net";
import type { TransportRequest } from "tideover/engine";
import type { Dispatcher } from "undici";
import type { DispatcherOptions } from "./dispatcher.ts";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http1/http-error.ts";
import type { RequestTarget } from "./request-target.ts";
import { UndiciHandler } from "./undici-handler.ts";

/** A client that can also go through proxies: undici's `dispatch`, loaded with the first request that needs it. */
export class ProxiedClient {
  readonly #options: DispatcherOptions;
  #loading: Promise<Dispatcher> | undefined;
  #dispatcher: Dispatcher | undefined;
  #closed = false;
  // undici opens a connection for a request within `dispatch` itself; that is how a socket finds its request.
  #dispatching: UndiciHandler | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Sends a request; what becomes of it is told to the exchange. */
  send(request: TransportRequest, target: RequestTarget, exchange: Exchange): void {
    if (this.#closed) {
      exchange.error(new HttpError("HTTP_DESTROYED", "The client was closed."));
      return;
    }
    if (this.#dispatcher !== undefined) {
      this.#dispatch(this.#dispatcher, request, target, exchange);
      return;
    }
    this.#loading ??= this.#load();
    this.#loading.then(
      (dispatcher) => {
        if (!exchange.isOver) this.#dispatch(dispatcher, request, target, exchange);
      },
      (error: unknown) => {
        exchange.error(error instanceof Error ? error : new Error(String(error)));
        exchange.flush();
      },
    );
  }

  /** Ends every connection; what is under way fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const loading = this.#loading;
    this.#loading = undefined;
    this.#dispatcher = undefined;
    await (await loading)?.destroy();
  }

  async #load(): Promise<Dispatcher> {
    const { buildDispatcher } = await import("./dispatcher.ts");
    this.#dispatcher = buildDispatcher(this.#options, (socket: Socket) => {
      if (this.#dispatching !== undefined) this.#dispatching.connecting = socket;
    });
    return this.#dispatcher;
  }

  #dispatch(dispatcher: Dispatcher, request: TransportRequest, target: RequestTarget, exchange: Exchange): void {
    const handler = new UndiciHandler(exchange);
    const options: Dispatcher.DispatchOptions = {
      origin: target.origin,
      path: target.path,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const outer = this.#dispatching;
    this.#dispatching = handler;
    try {
      dispatcher.dispatch(options, handler);
    } catch (error) {
      handler.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#dispatching = outer;
    }
  }
}
