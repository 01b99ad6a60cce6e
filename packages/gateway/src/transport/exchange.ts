import type { Socket } from "node:net";
import {
  type ByteSource,
  type Failure,
  failure,
  failureOf,
  type TransportRequest,
  type TransportResponse,
} from "tideover/engine";
import type { Dispatcher } from "undici";
import { connectionFailure } from "./connection-failure.ts";
import { decodeContent } from "./decoded-source.ts";
import { BODY_BUFFER_BYTES } from "./defaults.ts";

type Chunk = Uint8Array | undefined | Failure;

const CANCELLED = failure("cancelled", "reader-gone", "The response was no longer wanted.");

/**
 * One request on its way through undici: the handler that undici calls, and the body that the caller pulls.
 *
 * The chunks of one socket read are handed on as one: undici calls once per HTTP chunk, and a promise for each would
 * cost more than copying them together.
 */
export class Exchange implements Dispatcher.DispatchHandler, ByteSource {
  /** The socket that is being connected for this request alone, while it is. */
  connecting: Socket | undefined;

  readonly #target: string;
  readonly #onConnected: (() => void) | undefined;
  readonly #signal: AbortSignal;
  readonly #settle: (result: TransportResponse | Failure) => void;
  readonly #onAbort: () => void;

  #controller: Dispatcher.DispatchController | undefined;
  #anyByte = false;
  #settled = false;
  /** How the body ended: undefined while it goes on, `null` for a clean end. */
  #ended: Failure | null | undefined;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #paused = false;
  #waiting: ((chunk: Chunk) => void) | undefined;
  #flushScheduled = false;

  constructor(
    request: TransportRequest,
    target: string,
    signal: AbortSignal,
    settle: (result: TransportResponse | Failure) => void,
  ) {
    this.#target = target;
    this.#onConnected = request.onConnected;
    this.#signal = signal;
    this.#settle = settle;
    this.#onAbort = () => this.#abort();
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.connecting = undefined;
    // undici starts a request again when an idle connection ended just before it was written.
    const first = this.#controller === undefined;
    this.#controller = controller;
    if (this.#ended !== undefined) controller.abort(new Error("aborted"));
    else if (first) this.#onConnected?.();
  }

  onResponseStarted(): void {
    this.#anyByte = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#anyByte = true;
    if (status < 200 || this.#settled) return;
    const decoded = decodeContent(this, headerOf(headers, "content-encoding"), this.#target);
    if ("type" in decoded) {
      this.#finish(decoded);
      this.#controller?.abort(new Error(decoded.reason));
      return;
    }
    this.#resolve({ type: "response", status, header: (name) => headerOf(headers, name), body: decoded });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#ended !== undefined) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    if (this.#buffered >= BODY_BUFFER_BYTES && !this.#paused) {
      this.#paused = true;
      controller.pause();
    }
    this.#scheduleFlush();
  }

  onResponseEnd(): void {
    this.#finish(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#ended !== undefined) return;
    this.#finish(connectionFailure(error, { target: this.#target, anyByte: this.#anyByte }));
  }

  read(): Promise<Chunk> {
    if (this.#buffered > 0) return Promise.resolve(this.#take());
    if (this.#ended !== undefined) return Promise.resolve(this.#ended ?? undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  cancel(): void {
    if (this.#ended === undefined) this.#giveUp(CANCELLED);
    else if (this.#buffered > 0) this.#end(CANCELLED);
  }

  #abort(): void {
    this.#giveUp(failureOf(this.#signal));
  }

  /** Ends the exchange from this side, in whatever phase it is. */
  #giveUp(reason: Failure): void {
    this.#end(reason);
    const error = Object.assign(new Error("The request was given up."), { code: "ABORT_ERR" });
    if (this.#controller !== undefined) this.#controller.abort(error);
    // An error without a socket's code makes undici drop the client too, instead of connecting again.
    else this.connecting?.destroy(error);
  }

  /** Ends the body where it stands: what is buffered is lost. */
  #end(reason: Failure): void {
    this.#chunks = [];
    this.#buffered = 0;
    this.#ended = undefined;
    this.#finish(reason);
  }

  #finish(ending: Failure | null): void {
    if (this.#ended !== undefined) return;
    this.#ended = ending;
    if (!this.#settled) {
      this.#resolve(ending ?? failure("fault", "protocol-error", `${this.#target} ended without an answer.`));
    }
    this.#scheduleFlush();
  }

  #resolve(result: TransportResponse | Failure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#settle(result);
  }

  /** Answers a waiting read once the socket read at hand has been gone through. */
  #scheduleFlush(): void {
    if (this.#waiting === undefined || this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      const waiting = this.#waiting;
      if (waiting === undefined) return;
      this.#waiting = undefined;
      waiting(this.#buffered > 0 ? this.#take() : (this.#ended ?? undefined));
    });
  }

  #take(): Uint8Array {
    const chunks = this.#chunks;
    const only = chunks[0];
    const taken = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, this.#buffered);
    this.#chunks = [];
    this.#buffered = 0;
    if (this.#paused) {
      this.#paused = false;
      this.#controller?.resume();
    }
    return taken;
  }
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" || value === undefined ? value : value.join(", ");
}
