import type { Socket } from "node:net";
import { type Failure, failure, failureOf, type Transport, type TransportResponse } from "tideover/engine";
import type { Dispatcher } from "undici";
import { buildDispatcher, type DispatcherOptions } from "./dispatcher.ts";
import { Exchange } from "./exchange.ts";

/** What of the transport can be set; everything has a default. */
export type NodeTransportOptions = DispatcherOptions;

/** A transport over sockets, with what its owner needs beside sending. */
export interface NodeTransport extends Transport {
  /** Closes every connection; what is still under way fails. */
  close(): Promise<void>;
}

/**
 * A transport over Node's sockets: undici's `dispatch`, with no web stream and no Request or Response between.
 *
 * It sets no timer: who sends also bounds the wait, by the signal. Redirects are not followed and nothing is retried.
 * @throws Error when a proxy URL or a certificate in the options cannot be read.
 */
export function createNodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  // undici opens a connection for a request within `dispatch` itself; that is how a socket finds its request.
  let dispatching: Exchange | undefined;
  const dispatcher = buildDispatcher(options, (socket: Socket) => {
    if (dispatching !== undefined) dispatching.connecting = socket;
  });
  return {
    send(request, signal) {
      if (signal.aborted) return Promise.resolve(failureOf(signal));
      const url = URL.parse(request.url);
      if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
        return Promise.resolve(
          failure("fault", "invalid-url", `"${request.url.slice(0, 200)}" is not an http or https URL; check baseUrl.`),
        );
      }
      return new Promise<TransportResponse | Failure>((resolve) => {
        const target = url.port === "" ? `${url.hostname}:${url.protocol === "https:" ? 443 : 80}` : url.host;
        const exchange = new Exchange(request, target, signal, resolve);
        const dispatchOptions: Dispatcher.DispatchOptions = {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        };
        const outer = dispatching;
        dispatching = exchange;
        try {
          dispatcher.dispatch(dispatchOptions, exchange);
        } catch (error) {
          exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
        } finally {
          dispatching = outer;
        }
      });
    },
    close: () => dispatcher.destroy(),
  };
}
