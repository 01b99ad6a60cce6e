import type { Socket } from "node:net";
import type { TurnEnd } from "../../turn-end.ts";
import { HttpError } from "./http-error.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseParser } from "./response-parser.ts";

/** What is told of one request on a connection. */
export interface RequestListener {
  /** The request is on its way. */
  onConnected(): void;
  /** The first bytes of the response are there. */
  onFirstByte(): void;
  onHead(head: ResponseHead): void;
  /** Bytes of the body, which are the listener's to keep: all that one read of the socket brought. */
  onData(bytes: Buffer): void;
  /** The response is whole; the connection may carry the next request already. */
  onEnd(): void;
  /** It will not become whole. */
  onError(error: Error): void;
}

/** What its owner is told of a connection. */
export interface ConnectionOwner {
  /** It can take a request, and will be kept by the server for so long (ms); undefined: the server did not say. */
  idle(connection: Connection, keepAliveMs: number | undefined): void;
  /** It is of no more use. */
  gone(connection: Connection): void;
}

/**
 * Makes the socket of a connection. What a read brings are the first `length` bytes of a buffer, which belongs to the
 * reader until it returns; false from that stops the reading.
 */
export type OpenSocket = (onRead: (buffer: Buffer, length: number) => boolean) => Socket;

/** A longer list of places is not kept for the next read. */
const MOST_KEPT_PLACES = 16;

/** One connection to a server: carries one request at a time. */
export class Connection {
  /** Until when it may be picked while it is idle, on the monotonic clock (ms). Kept by the owner. */
  idleUntil = 0;

  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #turnEnd: TurnEnd;
  readonly #parser: ResponseParser;
  /** The connecting event has come. */
  #open = false;
  #gone = false;
  #request: readonly Uint8Array[] | undefined;
  #listener: RequestListener | undefined;
  #anyByte = false;
  #paused = false;
  /** What the head of the response at hand said of what comes after it: whether, and for how long (ms), it is kept. */
  #keepAlive = false;
  #keepAliveMs: number | undefined;
  /** Where what the read at hand has brought of the body lies in its buffer: start and end of each piece. */
  #pieces: number[] = [];
  #ended = false;
  #error: Error | undefined;

  /** @param connectedEvent what the socket emits when it can carry a request. */
  constructor(
    owner: ConnectionOwner,
    open: OpenSocket,
    connectedEvent: "connect" | "secureConnect",
    maxHeadBytes: number,
    turnEnd: TurnEnd,
  ) {
    this.#turnEnd = turnEnd;
    this.#owner = owner;
    this.#parser = new ResponseParser(
      {
        onHead: (head) => {
          this.#keepAlive = head.keepAlive;
          this.#keepAliveMs = head.keepAliveMs;
          this.#listener?.onHead(head);
        },
        onData: (_buffer, start, end) => this.#pieces.push(start, end),
        onEnd: () => {
          this.#ended = true;
        },
      },
      maxHeadBytes,
    );
    const socket = open((buffer, length) => this.#read(buffer, length));
    this.#socket = socket;
    socket.once(connectedEvent, () => {
      this.#open = true;
      this.#write();
    });
    socket.on("end", () => this.#closedByServer());
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => this.#fail(this.#error ?? closed()));
  }

  /** Sends a request; only on a new or an idle connection. */
  send(request: readonly Uint8Array[], listener: RequestListener): void {
    this.#request = request;
    this.#listener = listener;
    this.#anyByte = false;
    this.#keepAlive = false;
    this.#socket.ref();
    if (this.#open) this.#write();
  }

  /** Whether it is this listener's request that it carries now. */
  carries(listener: RequestListener): boolean {
    return this.#listener === listener;
  }

  /** Takes no more bytes from the server, after those at hand, until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** Ends it where it stands; the request on it is not told. */
  destroy(): void {
    this.#listener = undefined;
    this.#socket.destroy();
    this.#leave();
  }

  /** Ends it where it stands, with this as the request's error. */
  cut(error: Error): void {
    this.#fail(error);
  }

  #write(): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#request = undefined;
    this.#listener?.onConnected();
    // The listener may have given up.
    if (this.#gone) return;
    this.#turnEnd.sendWith(this.#socket);
    for (const part of request) this.#socket.write(part);
  }

  /** @returns whether reading may go on. */
  #read(buffer: Buffer, length: number): boolean {
    if (this.#gone) return false;
    if (this.#listener === undefined || this.#request !== undefined) {
      // Nobody asked: whatever this is, it must not be taken for the answer to the next request.
      this.destroy();
      return false;
    }
    if (!this.#anyByte) {
      this.#anyByte = true;
      this.#listener.onFirstByte();
    }
    try {
      const taken = this.#parser.push(buffer, length);
      this.#handOn(buffer);
      if (this.#ended) this.#finish(taken < length);
    } catch (error) {
      this.#handOn(buffer);
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
    return !this.#paused && !this.#gone;
  }

  /** Gives the listener what this read brought, in one piece of its own: the buffer is the next read's, too. */
  #handOn(buffer: Buffer): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    let length = 0;
    for (let at = 0; at < pieces.length; at += 2) length += (pieces[at + 1] ?? 0) - (pieces[at] ?? 0);
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    for (let at = 0; at < pieces.length; at += 2) filled += buffer.copy(bytes, filled, pieces[at], pieces[at + 1]);
    if (pieces.length > MOST_KEPT_PLACES) this.#pieces = [];
    else pieces.length = 0;
    this.#listener?.onData(bytes);
  }

  #finish(tooMuch: boolean): void {
    this.#ended = false;
    const listener = this.#listener;
    this.#listener = undefined;
    // A server that answers before it has read everything may still be reading.
    const { writable, writableLength } = this.#socket;
    if (this.#keepAlive && !tooMuch && !this.#gone && writable && writableLength === 0) {
      this.#parser.restart();
      this.resume();
      this.#socket.unref();
      this.#owner.idle(this, this.#keepAliveMs);
    } else {
      this.#socket.destroy();
      this.#leave();
    }
    listener?.onEnd();
  }

  #closedByServer(): void {
    if (this.#listener !== undefined && this.#anyByte) {
      try {
        this.#parser.end();
        this.#finish(true);
        return;
      } catch (error) {
        this.#error ??= error instanceof Error ? error : closed();
      }
    }
    this.#fail(this.#error ?? closed());
  }

  #fail(error: Error): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#socket.destroy();
    this.#leave();
    listener?.onError(error);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#owner.gone(this);
  }
}

function closed(): HttpError {
  return new HttpError("HTTP_CLOSED", "The server closed the connection.");
}
