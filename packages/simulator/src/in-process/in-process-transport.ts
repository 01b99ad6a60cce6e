import {
  type Failure,
  failure,
  failureOf,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "tideover/engine";
import type { UpstreamModel } from "../model/upstream-model.ts";
import type { UpstreamExchange, UpstreamWire } from "../model/wire.ts";
import { ByteQueue } from "./byte-queue.ts";

/** Most bytes of response headers that are accepted, as HTTP clients bound them. */
const MAX_HEADER_BYTES = 64 * 1024;

const decoder = new TextDecoder();

/**
 * The model as the engine's transport: no sockets, and no time but the model's clock. The host of a request's URL
 * is not looked at; its path is.
 */
export function createInProcessTransport(model: UpstreamModel): Transport {
  return {
    send(request, signal) {
      if (signal.aborted) return Promise.resolve(failureOf(signal));
      return new Promise((resolve) => new Sending(model, signal, resolve).begin(request));
    },
  };
}

/** Path and query of a URL, without the cost of a URL object: it is asked for every attempt. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  return start < 0 ? "/" : url.slice(start);
}

/** One request until its head has arrived; its wire then goes on to feed the body. */
class Sending implements UpstreamWire {
  readonly #model: UpstreamModel;
  readonly #signal: AbortSignal;
  readonly #resolve: (outcome: TransportResponse | Failure) => void;
  readonly #body = new ByteQueue(() => this.#leave());
  #exchange: UpstreamExchange | undefined;
  #onConnected: (() => void) | undefined;
  #refused = false;
  #settled = false;
  #left = false;
  #bytesCame = false;

  constructor(model: UpstreamModel, signal: AbortSignal, resolve: (outcome: TransportResponse | Failure) => void) {
    this.#model = model;
    this.#signal = signal;
    this.#resolve = resolve;
  }

  begin(request: TransportRequest): void {
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    const body = typeof request.body === "string" ? request.body : decoder.decode(request.body);
    // The model may refuse the connection, so the caller learns of it only where the model lets the request in.
    this.#onConnected = request.onConnected;
    const exchange = this.#model.exchange(
      { method: request.method, path: pathOf(request.url), headers: request.headers, body },
      this,
    );
    this.#exchange = exchange;
    if (!this.#refused) this.#connected();
    // The head may already have been refused here, before there was an exchange to leave.
    if (this.#left) exchange.closed();
  }

  #connected(): void {
    const onConnected = this.#onConnected;
    this.#onConnected = undefined;
    onConnected?.();
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#connected();
    let size = 0;
    for (const name in headers) size += name.length + (headers[name] ?? "").length;
    if (size > MAX_HEADER_BYTES) {
      this.#settle(
        failure(
          "fault",
          "headers-too-large",
          `The response has ${size} bytes of headers; at most ${MAX_HEADER_BYTES}.`,
        ),
      );
      this.#leave();
      return;
    }
    // The body is given as plain bytes, as a transport gives it after decompression.
    const header = (name: string) => (name === "content-encoding" ? undefined : headers[name]);
    this.#settle({ type: "response", status, header, body: this.#body });
  }

  write(bytes: Uint8Array): void {
    this.#bytesCame = true;
    this.#body.push(bytes);
  }

  end(): void {
    this.#body.finish();
  }

  drop(): void {
    this.#break("connection-lost", "The provider closed the connection inside its response.");
  }

  reset(): void {
    this.#break("connection-reset", "The provider reset the connection.");
  }

  refuse(): void {
    this.#refused = true;
    this.#break("connection-refused", "The provider refused the connection.");
  }

  full(): boolean {
    return this.#body.full;
  }

  readonly #onAbort = (): void => {
    this.#settle(failureOf(this.#signal));
    this.#leave();
  };

  #break(reason: string, message: string): void {
    const broken = failure("fault", reason, message, { beforeAnyByte: !this.#settled && !this.#bytesCame });
    if (this.#settled) this.#body.finish(broken);
    else this.#settle(broken);
  }

  #leave(): void {
    this.#left = true;
    this.#exchange?.closed();
  }

  #settle(outcome: TransportResponse | Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#resolve(outcome);
  }
}
