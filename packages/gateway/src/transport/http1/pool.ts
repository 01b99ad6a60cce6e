import type { TurnEnd } from "../../turn-end.ts";
import {
  IDLE_SWEEP_MS,
  KEEP_ALIVE_MARGIN_MS,
  KEEP_ALIVE_MAX_MS,
  KEEP_ALIVE_MS,
  MAX_CONNECTIONS_PER_ORIGIN,
  MAX_RESPONSE_HEADER_BYTES,
} from "../defaults.ts";
import { Connection, type ConnectionOwner, type OpenSocket, type RequestListener } from "./connection.ts";
import { HttpError } from "./http-error.ts";

/** A request that has a connection, or waits for one. Once it has ended, nothing here does anything. */
export interface PooledRequest {
  /** Takes no more of the response until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Gives it up, wherever it is, with its connection; its listener is told no more. */
  abandon(): void;
}

/** The connections to one origin: the one used last is used first, so that a quiet pool shrinks. */
export class Pool implements ConnectionOwner {
  readonly #open: OpenSocket;
  readonly #connectedEvent: "connect" | "secureConnect";
  readonly #onEmpty: () => void;
  readonly #turnEnd: TurnEnd;
  readonly #all = new Set<Connection>();
  /** The most recently used last. */
  readonly #idle: Connection[] = [];
  /** Requests for which no connection is left; as many as the engine lets through at most. */
  readonly #waiting = new Set<Waiting>();
  #sweep: NodeJS.Timeout | undefined;

  /** @param onEmpty called when no connection is left and nothing waits. */
  constructor(open: OpenSocket, secure: boolean, turnEnd: TurnEnd, onEmpty: () => void) {
    this.#turnEnd = turnEnd;
    this.#open = open;
    this.#connectedEvent = secure ? "secureConnect" : "connect";
    this.#onEmpty = onEmpty;
  }

  send(request: readonly Uint8Array[], listener: RequestListener): PooledRequest {
    const waiting = new Waiting(this.#waiting, request, listener);
    const connection = this.#takeIdle() ?? this.#connect();
    if (connection === undefined) this.#waiting.add(waiting);
    else waiting.sendOn(connection);
    return waiting;
  }

  /** Ends every connection; what is under way fails. */
  close(): void {
    const closed = new HttpError("HTTP_DESTROYED", "The client was closed.");
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const one of waiting) one.listener.onError(closed);
    for (const connection of [...this.#all]) connection.cut(closed);
  }

  idle(connection: Connection, keepAliveMs: number | undefined): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.sendOn(connection);
      return;
    }
    const ms =
      keepAliveMs === undefined ? KEEP_ALIVE_MS : Math.min(keepAliveMs - KEEP_ALIVE_MARGIN_MS, KEEP_ALIVE_MAX_MS);
    if (ms <= 0) {
      connection.destroy();
      return;
    }
    connection.idleUntil = performance.now() + ms;
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => this.#dropStale(), IDLE_SWEEP_MS).unref();
  }

  gone(connection: Connection): void {
    this.#all.delete(connection);
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      const fresh = this.#connect();
      if (fresh !== undefined) next.sendOn(fresh);
    }
    if (this.#all.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#onEmpty();
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.idleUntil > performance.now()) return connection;
      connection.destroy();
    }
  }

  #connect(): Connection | undefined {
    if (this.#all.size >= MAX_CONNECTIONS_PER_ORIGIN) return undefined;
    const connection = new Connection(this, this.#open, this.#connectedEvent, MAX_RESPONSE_HEADER_BYTES, this.#turnEnd);
    this.#all.add(connection);
    return connection;
  }

  #dropStale(): void {
    const now = performance.now();
    for (const connection of [...this.#idle]) if (connection.idleUntil <= now) connection.destroy();
  }
}

class Waiting implements PooledRequest {
  readonly listener: RequestListener;
  readonly #queue: Set<Waiting>;
  /** Until it is sent: its bytes lie in memory that they share with others, which would live as long as the answer. */
  #request: readonly Uint8Array[] | undefined;
  #connection: Connection | undefined;

  constructor(queue: Set<Waiting>, request: readonly Uint8Array[], listener: RequestListener) {
    this.#queue = queue;
    this.#request = request;
    this.listener = listener;
  }

  sendOn(connection: Connection): void {
    const request = this.#request;
    if (request === undefined) return;
    this.#request = undefined;
    this.#connection = connection;
    connection.send(request, this.listener);
  }

  pause(): void {
    if (this.#connection?.carries(this.listener)) this.#connection.pause();
  }

  resume(): void {
    if (this.#connection?.carries(this.listener)) this.#connection.resume();
  }

  abandon(): void {
    this.#queue.delete(this);
    if (this.#connection?.carries(this.listener)) this.#connection.destroy();
  }
}
