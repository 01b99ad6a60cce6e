import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import type { Exchange, ExchangeCarrier } from "./exchange.ts";

/**
 * Tells an exchange what undici tells of a request.
 *
 * The chunks of one socket read are handed on as one: undici calls once per HTTP chunk, and a promise for each would
 * cost more than copying them together.
 */
export class UndiciHandler implements Dispatcher.DispatchHandler, ExchangeCarrier {
  /** The socket that is being connected for this request alone, while it is. */
  connecting: Socket | undefined;

  readonly #exchange: Exchange;
  #controller: Dispatcher.DispatchController | undefined;
  #flushScheduled = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    exchange.carrier = this;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abandon(): void {
    const error = Object.assign(new Error("The request was given up."), { code: "ABORT_ERR" });
    if (this.#controller !== undefined) this.#controller.abort(error);
    // An error without a socket's code makes undici drop the client too, instead of connecting again.
    else this.connecting?.destroy(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.connecting = undefined;
    // undici starts a request again when an idle connection ended just before it was written.
    this.#controller = controller;
    if (this.#exchange.isOver) controller.abort(new Error("aborted"));
    else this.#exchange.connected();
  }

  onResponseStarted(): void {
    this.#exchange.firstByte();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#exchange.head({
      status,
      header(name) {
        const value = headers[name];
        return typeof value === "string" || value === undefined ? value : value.join(", ");
      },
    });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#exchange.data(chunk);
    this.#scheduleFlush();
  }

  onResponseEnd(): void {
    this.#exchange.end();
    this.#scheduleFlush();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#exchange.error(error);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#exchange.flush();
    });
  }
}
