import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ResolvedServerLimits } from "tideover/config";
import type { Clock, IdSource, Timer } from "tideover/engine";
import { bytesOfBody, type Handler, type HttpResponse, isWholeBody } from "tideover/front";
import type { Log } from "../logging/log.ts";
import { nodeHttp } from "../node-http.ts";
import { systemClock, systemIds } from "../system.ts";
import { TurnEnd } from "../turn-end.ts";
import { Bag } from "./bag.ts";
import { CLIENT_KEEP_ALIVE_MS, LINGER_MS, MAX_CLIENT_CONNECTIONS } from "./defaults.ts";
import { type ErrorReply, rawReply, replyToClientError, written } from "./error-reply.ts";
import { listen, localUrl } from "./listen.ts";
import { announcedLength, readBody } from "./read-body.ts";
import { requestPath } from "./request-path.ts";
import { ServerExchange } from "./server-exchange.ts";

/** What the server needs. */
export interface ServerOptions {
  readonly handler: Handler;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly limits: ResolvedServerLimits;
  readonly log: Log;
  readonly clock?: Clock;
  /** Names requests that never reach the handler. Default: random ones. */
  readonly ids?: IdSource;
  /**
   * Says of a request, whose `largerThan` tells the limit and whose body was not read, that it is too large: in the words
   * of the API that was called, and with what is counted. Default: the server's own words.
   */
  readonly refuseBody?: Handler | undefined;
  /** Requests whose body the handler reads itself, piece by piece and with its own limit. Default: none. */
  streams?(method: string, path: string): boolean;
}

/** A server that listens. */
export interface RunningServer {
  /** Where a client on this machine reaches it. */
  readonly url: string;
  readonly port: number;
  /** Requests that are being answered now. */
  inFlight(): number;
  /**
   * Takes no more, lets what is under way finish for `graceMs`, then cuts it.
   * @returns how many exchanges were cut. A second call waits for the first; a shorter grace of it counts.
   */
  close(graceMs: number): Promise<{ readonly cut: number }>;
}

/**
 * Serves a handler over HTTP/1.1 on raw Node, with bounds on everything a client can withhold: the head, the body,
 * and the reading of the answer.
 * @throws ServerStartError when it cannot listen.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const gate = new Gate(options);
  const port = await listen(gate.server, options.host, options.port);
  return {
    url: localUrl(options.host, port),
    port,
    inFlight: () => gate.inFlight,
    close: (graceMs) => gate.close(graceMs),
  };
}

class Gate {
  readonly server: Server;
  readonly #options: ServerOptions;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #exchanges = new Bag<ServerExchange>();
  readonly #turnEnd = new TurnEnd();
  /** Open connections; at most {@link MAX_CLIENT_CONNECTIONS}. */
  readonly #sockets = new Set<Socket>();
  #sweep: Timer | undefined;
  #closing: Promise<{ readonly cut: number }> | undefined;
  #cutNow: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ids = options.ids ?? systemIds;
    const { limits } = options;
    const requestTimeout = Math.max(limits.bodyTimeout, limits.headersTimeout);
    this.server = nodeHttp.createServer(
      {
        maxHeaderSize: limits.headers,
        headersTimeout: limits.headersTimeout,
        requestTimeout,
        keepAliveTimeout: CLIENT_KEEP_ALIVE_MS,
        // Node looks for late requests this often: often enough to keep the limits within a third.
        connectionsCheckingInterval: Math.min(5_000, Math.max(20, Math.ceil(limits.headersTimeout / 3))),
        noDelay: true,
        // Node's own refusal has neither a body nor an identity.
        requireHostHeader: false,
      },
      (request, response) => this.#serve(request, response, false),
    );
    this.server.maxConnections = MAX_CLIENT_CONNECTIONS;
    this.server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.server.on("checkContinue", (request, response) => this.#serve(request, response, true));
    this.server.on("checkExpectation", (request, response) => this.#serve(request, response, false));
    this.server.on("clientError", (error: NodeJS.ErrnoException, socket) => this.#refuseSocket(error, socket));
    this.server.on("connect", (_request, socket: Duplex) => {
      socket.on("error", () => socket.destroy());
      const message = "Tideover is not a proxy; CONNECT is not served.";
      this.#replyRaw(socket, { status: 405, code: "invalid_request", message });
    });
  }

  get inFlight(): number {
    return this.#exchanges.size;
  }

  close(graceMs: number): Promise<{ readonly cut: number }> {
    if (this.#closing === undefined) this.#closing = this.#drainAndClose(graceMs);
    else if (graceMs === 0) this.#cutNow?.();
    return this.#closing;
  }

  #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { handler, limits, log } = this.#options;
    const path = requestPath(request.url);
    const surroundings = { turnEnd: this.#turnEnd, ids: this.#ids, log };
    const exchange = new ServerExchange(request, response, path ?? "/", surroundings);
    this.#begin(exchange, response);
    const flaw = path === undefined ? NO_PATH : flawOf(request, expectsContinue);
    if (flaw !== undefined) {
      exchange.reply({ ...flaw, code: "invalid_request" }, this.#ids.next());
      return;
    }
    if (this.#options.streams?.(exchange.method, exchange.path) === true) {
      // A client that leaves is told to whoever reads; where nobody does, it is no news.
      request.on("error", () => undefined);
      if (expectsContinue) response.writeContinue();
      exchange.bodyStream = request;
      void exchange.run(handler);
      return;
    }
    const length = announcedLength(request);
    const refusedByLength = length !== "unknown" && length > limits.body;
    if (expectsContinue && !refusedByLength) response.writeContinue();
    readBody(request, limits.body, (body) => {
      if (body === "gone") return;
      if (body === "too-large") {
        exchange.largerThan = limits.body;
        void this.#refuseBody({ request, response, exchange, unsent: expectsContinue && refusedByLength });
        return;
      }
      exchange.body = body;
      void exchange.run(handler);
    });
  }

  #begin(exchange: ServerExchange, response: ServerResponse): void {
    this.#exchanges.add(exchange);
    this.#sweep ??= this.#clock.schedule(this.#sweepMs(), () => this.#cutStuck());
    if (this.#closing !== undefined) exchange.lastOnConnection();
    response.on("close", () => {
      exchange.ended();
      this.#forget(exchange);
    });
  }

  #forget(exchange: ServerExchange): void {
    this.#exchanges.delete(exchange);
    // A connection that has become idle would hold the server open for as long as it is kept alive.
    if (this.#closing !== undefined) setImmediate(() => this.server.closeIdleConnections());
    if (this.#exchanges.size > 0) return;
    this.#sweep?.cancel();
    this.#sweep = undefined;
  }

  /** One timer for all exchanges: a timer for each write would cost more than the write. */
  #cutStuck(): void {
    this.#sweep = this.#clock.schedule(this.#sweepMs(), () => this.#cutStuck());
    const now = this.#clock.now();
    for (const exchange of this.#exchanges.toArray()) {
      if (exchange.cutIfStuck(now, this.#options.limits.writeTimeout)) {
        this.#options.log.warn(
          { path: exchange.path.split("?")[0] },
          "A client took nothing of its answer and was cut.",
        );
      }
    }
  }

  #sweepMs(): number {
    return Math.max(10, this.#options.limits.writeTimeout / 4);
  }

  async #refuseBody({ request, response, exchange, unsent }: TooLarge): Promise<void> {
    const answer = await this.#options.refuseBody?.(exchange).catch((error: unknown) => {
      this.#options.log.error({ err: error, path: exchange.path.split("?")[0] }, "The handler of a request failed.");
      return undefined;
    });
    if (response.destroyed) return;
    const { headers, body } = wholeOf(answer) ?? this.#tooLarge();
    response.writeHead(413, { ...headers, "content-length": String(body.length), connection: "close" });
    if (unsent) return void response.end(body);
    // The answer is out, but ending now would reset the connection under a client that still sends and so hide it.
    response.write(body);
    const finish = () => {
      timer.cancel();
      request.off("end", finish).off("close", finish);
      response.end();
    };
    const timer = this.#clock.schedule(LINGER_MS, finish);
    request
      .on("end", finish)
      .on("close", finish)
      .on("error", () => undefined);
    request.resume();
  }

  #tooLarge() {
    const message = `The request's body is larger than ${this.#options.limits.body} bytes (server.limits.body).`;
    return written({ status: 413, code: "payload_too_large", message }, this.#ids.next());
  }

  /** Answers what was not HTTP, or came too slowly, unless an answer is already going out on that connection. */
  #refuseSocket(error: NodeJS.ErrnoException, socket: Duplex): void {
    socket.on("error", () => socket.destroy());
    const reply = replyToClientError(error.code);
    const busy = this.#exchanges.toArray().some((exchange) => exchange.socket === socket && exchange.answering);
    if (reply === undefined || busy || !socket.writable) return void socket.destroy();
    this.#replyRaw(socket, reply, error.code);
  }

  #replyRaw(socket: Duplex, reply: ErrorReply, reason?: string): void {
    const requestId = this.#ids.next();
    this.#options.log.debug({ requestId, status: reply.status, reason }, "A malformed or late request was refused.");
    socket.end(rawReply(reply, requestId), () => socket.destroy());
  }

  async #drainAndClose(graceMs: number): Promise<{ readonly cut: number }> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // Node counts as idle only what has had a request; one that never sent one would hold the server open.
    const busy = new Set<unknown>();
    for (const exchange of this.#exchanges.toArray()) {
      exchange.lastOnConnection();
      busy.add(exchange.socket);
    }
    for (const socket of this.#sockets) if (!busy.has(socket)) socket.destroy();
    let cut = 0;
    const cutAll = () => {
      cut += this.#exchanges.size;
      for (const exchange of this.#exchanges.toArray()) {
        exchange.cut();
        this.#forget(exchange);
      }
      this.server.closeAllConnections();
    };
    const timer = this.#clock.schedule(graceMs, cutAll);
    this.#cutNow = cutAll;
    await closed;
    timer.cancel();
    this.#cutNow = undefined;
    return { cut };
  }
}

/** A request whose body is over the limit. */
interface TooLarge {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly exchange: ServerExchange;
  /** Nothing of the body has been sent, nor will be. */
  readonly unsent: boolean;
}

/** What a handler said of a body that was not read; undefined where it took it for something else. */
function wholeOf(answer: HttpResponse | undefined): { headers: HttpResponse["headers"]; body: Uint8Array } | undefined {
  if (answer === undefined) return undefined;
  const { status, headers, body } = answer;
  if (!isWholeBody(body)) body.cancel();
  else if (status === 413) return { headers, body: bytesOfBody(body) };
  return undefined;
}

const NO_PATH = { status: 400, message: "The request's target is not a path." };

/** What is wrong with a request's head; undefined where nothing is. */
function flawOf({ headers, httpVersion }: IncomingMessage, expectsContinue: boolean) {
  if (headers.host === undefined && httpVersion === "1.1") {
    return { status: 400, message: "The request has no Host header, which HTTP/1.1 asks for." };
  }
  if (headers.expect === undefined || expectsContinue) return undefined;
  return { status: 417, message: `Nothing but "100-continue" can be expected here (header Expect).` };
}
