import {
  type ByteReader,
  type ByteSource,
  type Failure,
  failure,
  failureOf,
  type TransportRequest,
  type TransportResponse,
} from "tideover/engine";
import { connectionFailure } from "./connection-failure.ts";
import { decodeContent } from "./decoded-source.ts";
import { BODY_BUFFER_BYTES } from "./defaults.ts";

type Chunk = Uint8Array | undefined | Failure;

/** What an exchange asks of the client that carries it. */
export interface ExchangeCarrier {
  /** Takes no more of the body until {@link resume}; what is at hand may follow. */
  pause(): void;
  resume(): void;
  /** Ends it where it stands, in whatever phase it is. */
  abandon(): void;
}

/** What the head of a response says to an exchange. */
interface Head {
  readonly status: number;
  /** Value of a header by lower-case name; several values joined by `, `. */
  readonly header: (name: string) => string | undefined;
}

const CANCELLED = failure("cancelled", "reader-gone", "The response was no longer wanted.");

/** One request on its way: what a client tells of it, and the response that the caller waits for and then pulls. */
export class Exchange implements ByteSource {
  /** Set by the client as soon as there is something to give up. */
  carrier: ExchangeCarrier | undefined;

  readonly #target: string;
  #notifyConnected: (() => void) | undefined;
  readonly #signal: AbortSignal;
  /** Until it is called: what it settles keeps the head of the response. */
  #settle: ((result: TransportResponse | Failure) => void) | undefined;
  readonly #onAbort: () => void;

  #connected = false;
  #anyByte = false;
  /** How the body ended: undefined while it goes on, `null` for a clean end. */
  #ended: Failure | null | undefined;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #paused = false;
  #waiting: ByteReader | undefined;

  /** @param target `host:port` of the server, for messages. */
  constructor(
    request: TransportRequest,
    target: string,
    signal: AbortSignal,
    settle: (result: TransportResponse | Failure) => void,
  ) {
    this.#target = target;
    this.#notifyConnected = request.onConnected;
    this.#signal = signal;
    this.#settle = settle;
    this.#onAbort = () => this.#giveUp(failureOf(this.#signal));
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Nothing is wanted or can come any more. */
  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /** A connection carries the request; only the first time counts. */
  connected(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#notifyConnected?.();
    this.#notifyConnected = undefined;
  }

  /** A byte of the response has come. */
  firstByte(): void {
    this.#anyByte = true;
  }

  /** The head of the response; informational ones are passed over. */
  head({ status, header }: Head): void {
    this.#anyByte = true;
    if (status < 200 || this.#settle === undefined) return;
    const decoded = decodeContent(this, header("content-encoding"), this.#target);
    if ("type" in decoded) {
      this.#finish(decoded);
      this.carrier?.abandon();
      return;
    }
    this.#resolve({ type: "response", status, header, body: decoded });
  }

  /** Bytes of the body, which stay as they are. {@link flush} hands them on. */
  data(bytes: Uint8Array): void {
    if (this.#ended !== undefined) return;
    this.#chunks.push(bytes);
    this.#buffered += bytes.byteLength;
    if (this.#buffered >= BODY_BUFFER_BYTES && !this.#paused) {
      this.#paused = true;
      this.carrier?.pause();
    }
  }

  /** The response is whole. */
  end(): void {
    this.#finish(null);
  }

  /** The client's error: the response will not become whole. */
  error(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#finish(connectionFailure(error, { target: this.#target, anyByte: this.#anyByte }));
  }

  /** Answers a waiting read. To be called once the socket read at hand has been gone through. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || (this.#buffered === 0 && this.#ended === undefined)) return;
    this.#waiting = undefined;
    waiting.take(this.#buffered > 0 ? this.#take() : (this.#ended ?? undefined));
  }

  read(): Promise<Chunk> {
    return new Promise((resolve) => this.readInto({ take: resolve }));
  }

  readInto(reader: ByteReader): void {
    if (this.#buffered === 0 && this.#ended === undefined) {
      this.#waiting = reader;
      return;
    }
    const atHand = this.#buffered > 0 ? this.#take() : (this.#ended ?? undefined);
    queueMicrotask(() => reader.take(atHand));
  }

  cancel(): void {
    if (this.#ended === undefined) this.#giveUp(CANCELLED);
    else if (this.#buffered > 0) this.#endHere(CANCELLED);
  }

  /** Ends the exchange from this side, in whatever phase it is. */
  #giveUp(reason: Failure): void {
    this.#endHere(reason);
    this.carrier?.abandon();
  }

  /** Ends the body where it stands: what is buffered is lost. */
  #endHere(reason: Failure): void {
    this.#chunks = [];
    this.#buffered = 0;
    this.#ended = undefined;
    this.#finish(reason);
    this.flush();
  }

  #finish(ending: Failure | null): void {
    if (this.#ended !== undefined) return;
    this.#ended = ending;
    if (this.#settle === undefined) return;
    this.#resolve(ending ?? failure("fault", "protocol-error", `${this.#target} ended without an answer.`));
  }

  #resolve(result: TransportResponse | Failure): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    this.#signal.removeEventListener("abort", this.#onAbort);
    settle(result);
  }

  #take(): Uint8Array {
    const chunks = this.#chunks;
    const only = chunks[0];
    const taken = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, this.#buffered);
    this.#chunks = [];
    this.#buffered = 0;
    if (this.#paused) {
      this.#paused = false;
      this.carrier?.resume();
    }
    return taken;
  }
}
