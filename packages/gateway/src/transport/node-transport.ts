import { isIP, type LookupFunction } from "node:net";
import { type Failure, failure, failureOf, type Transport, type TransportResponse } from "tideover/engine";
import { Exchange } from "./exchange.ts";
import { Http1Client } from "./http1/client.ts";
import { ProxiedClient } from "./proxied-client.ts";
import { type ProxySettings, proxyUrl } from "./proxy-settings.ts";
import { type RequestTarget, RequestTargets } from "./request-target.ts";
import { secureContext } from "./secure-context.ts";

/** What of the transport can be set; everything has a default. */
export interface NodeTransportOptions {
  readonly proxy?: ProxySettings | undefined;
  /** Certificate authorities (PEM) to trust beside the usual ones. */
  readonly ca?: readonly string[] | undefined;
  /** Finds the addresses of a name; Node's own when absent. */
  readonly lookup?: LookupFunction | undefined;
  /**
   * What speaks HTTP where no proxy stands between: the client of this package (`http1`, the default), or undici, which
   * always speaks through proxies.
   */
  readonly client?: "http1" | "undici" | undefined;
}

/** A transport over sockets, with what its owner needs beside sending. */
export interface NodeTransport extends Transport {
  /** Closes every connection; what is still under way fails. */
  close(): Promise<void>;
}

/**
 * A transport over Node's sockets, with no web stream and no Request or Response between.
 *
 * It sets no timer for a request: who sends also bounds the wait, by the signal. Redirects are not followed and nothing
 * is retried.
 * @throws Error when a proxy URL or a certificate in the options cannot be read.
 */
export function createNodeTransport(options: NodeTransportOptions = {}): NodeTransport {
  const { proxy, lookup, client = "http1" } = options;
  const proxies = { https: proxyUrl("https", proxy?.https), http: proxyUrl("http", proxy?.http) };
  const context = options.ca === undefined ? undefined : secureContext(options.ca);
  const direct = new Http1Client({ lookup, secureContext: context });
  const proxied = new ProxiedClient({ proxy, lookup, secureContext: context });
  const targets = new RequestTargets();
  const isDirect = (target: RequestTarget) =>
    client === "http1" && ((target.secure ? proxies.https : proxies.http) === undefined || isLoopback(target.hostname));
  return {
    send(request, signal) {
      if (signal.aborted) return Promise.resolve(failureOf(signal));
      const target = targets.of(request.url);
      if (target === undefined) {
        return Promise.resolve(
          failure("fault", "invalid-url", `"${request.url.slice(0, 200)}" is not an http or https URL; check baseUrl.`),
        );
      }
      return new Promise<TransportResponse | Failure>((resolve) => {
        const exchange = new Exchange(request, target.shownAs, signal, resolve);
        (isDirect(target) ? direct : proxied).send(request, target, exchange);
      });
    },
    async close() {
      direct.close();
      await proxied.close();
    },
  };
}

/** This machine itself, which is never reached through a proxy, as in Go's standard library. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
