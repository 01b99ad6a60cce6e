import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { failure, type IdSource } from "tideover/engine";
import { type Handler, type HttpBody, type HttpRequest, type HttpResponse, isWholeBody } from "tideover/front";
import type { Log } from "../logging/log.ts";
import type { TurnEnd } from "../turn-end.ts";
import type { BagMember } from "./bag.ts";
import { BodyPump } from "./body-pump.ts";
import { latin1 } from "./chunk-framing.ts";
import { WRITE_PIECE_BYTES } from "./defaults.ts";
import { type ErrorReply, written } from "./error-reply.ts";
import { slices } from "./slices.ts";

const CLIENT_GONE = failure("cancelled", "caller-gone", "The caller closed the connection.");
const NO_BYTES = new Uint8Array(0);
const SERVER_CLOSING = failure("cancelled", "server-closing", "The gateway stopped before the answer was whole.");

/**
 * One request and its response on a client's connection: what the handler sees of the request, and the writing of
 * what the handler answers, at the client's pace.
 */
export class ServerExchange implements HttpRequest, BagMember {
  bagIndex = -1;
  readonly method: string;
  readonly path: string;
  body: Uint8Array;
  bodyStream: AsyncIterable<Uint8Array> | undefined;
  largerThan: number | undefined;

  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #turnEnd: TurnEnd;
  readonly #ids: IdSource;
  readonly #log: Log;
  /** Made on first use: most requests for health or models never look at it. */
  #abort: AbortController | undefined;
  #over = false;
  #cut = false;
  #pump: BodyPump | undefined;
  /** Bytes that waited for the client when last looked at, and since when (ms) that has not become less. */
  #stuckBytes = 0;
  #stuckSince: number | undefined;

  /** @param surroundings `ids` names what the server answers itself */
  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    path: string,
    surroundings: { readonly turnEnd: TurnEnd; readonly ids: IdSource; readonly log: Log },
  ) {
    this.#log = surroundings.log;
    this.#turnEnd = surroundings.turnEnd;
    this.#ids = surroundings.ids;
    this.#incoming = incoming;
    this.#response = response;
    // A HEAD is answered as the GET would be, without the body.
    this.method = incoming.method === "HEAD" ? "GET" : (incoming.method ?? "GET");
    this.path = path;
    this.body = NO_BYTES;
    // A write that crosses the client's leaving; `close` comes with it and says what has to be known.
    response.on("error", () => undefined);
  }

  /** Part of the answer has gone out. */
  get answering(): boolean {
    return this.#response.headersSent;
  }

  get remoteAddress(): string {
    return this.#incoming.socket.remoteAddress ?? "";
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over) this.#abort.abort(CLIENT_GONE);
    }
    return this.#abort.signal;
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return typeof value === "string" || value === undefined ? value : value.join(", ");
  }

  afterwards(task: () => void): void {
    this.#turnEnd.addLast(() => {
      try {
        task();
      } catch (error) {
        this.#log.error({ err: error, path: this.#pathOnly }, "What was to be noted of a request could not be.");
      }
    });
  }

  /** The client's connection. */
  get socket(): Socket {
    return this.#incoming.socket;
  }

  /** Asks the handler and writes what it answers. Never rejects. */
  async run(handler: Handler): Promise<void> {
    try {
      const answer = await handler(this);
      // It has been read, and lies in memory that it shares with the head: not for as long as a stream lasts.
      this.body = NO_BYTES;
      if (this.#over) {
        if (!isWholeBody(answer.body)) answer.body.cancel();
      } else {
        await this.#write(answer);
      }
    } catch (error) {
      const requestId = this.#ids.next();
      this.#log.error({ err: error, requestId, path: this.#pathOnly }, "The handler of a request failed.");
      this.#pump?.leave();
      const message = "Tideover failed to answer; its log says why.";
      if (this.#response.headersSent) this.#response.destroy();
      else this.reply({ status: 500, code: "internal_error", message }, requestId);
    }
  }

  /** Answers with an error of the server itself. @param requestId names the request */
  reply(reply: ErrorReply, requestId: string): void {
    if (this.#over) return;
    const { headers, body } = written(reply, requestId);
    this.#response.writeHead(reply.status, headers);
    this.#response.end(this.#incoming.method === "HEAD" ? undefined : body);
  }

  /** To be called when the response has gone out, or its connection. */
  ended(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#response.writableFinished) return;
    const reason = this.#cut ? SERVER_CLOSING : CLIENT_GONE;
    this.#pump?.leave();
    this.#abort?.abort(reason);
  }

  /** The connection is to end with this response: the server takes no more. */
  lastOnConnection(): void {
    if (!this.#response.headersSent) this.#response.setHeader("connection", "close");
  }

  /** Ends the exchange where it stands. What the client has is visibly not whole. */
  cut(): void {
    this.#cut = true;
    this.#incoming.socket.destroy();
    // Node tells the response only after it has told the server that all is closed.
    this.ended();
  }

  /** Cuts the exchange when its client has taken nothing for `limitMs`; looked at now and then, `now` in ms. */
  cutIfStuck(now: number, limitMs: number): boolean {
    const waiting = this.#pump?.isDraining === true || this.#response.writableEnded;
    const bytes = this.#incoming.socket.writableLength;
    if (!waiting || bytes === 0) {
      this.#stuckSince = undefined;
      return false;
    }
    if (this.#stuckSince === undefined || bytes < this.#stuckBytes) {
      this.#stuckSince = now;
      this.#stuckBytes = bytes;
      return false;
    }
    if (now - this.#stuckSince < limitMs) return false;
    this.#incoming.socket.destroy();
    return true;
  }

  /** The target as a log may have it: a query may hold a key. */
  get #pathOnly(): string | undefined {
    return this.path.split("?")[0];
  }

  #write(answer: HttpResponse): Promise<void> | undefined {
    const response = this.#response;
    const { status, headers, body } = answer;
    const withoutBody = this.#incoming.method === "HEAD" || status === 204 || status === 304;
    if (isWholeBody(body)) {
      const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
      const sized = headers["content-length"] !== undefined || status === 204;
      response.writeHead(status, sized ? headers : { ...headers, "content-length": String(bytes) });
      if (withoutBody) response.end();
      // As text, the body is written together with the head rather than behind it.
      else if (bytes <= WRITE_PIECE_BYTES) {
        if (typeof body === "string") this.#turnEnd.add(() => response.end(body));
        else this.#turnEnd.add(() => response.end(latin1(body), "latin1"));
      } else return this.#pumped(slices(typeof body === "string" ? Buffer.from(body) : body, WRITE_PIECE_BYTES), false);
      return undefined;
    }
    if (!withoutBody) {
      const isFramed = response.useChunkedEncodingByDefault;
      response.writeHead(status, isFramed ? { ...headers, "transfer-encoding": "chunked" } : headers);
      // Node would write each chunk in three pieces, in the next turn; here each is framed into one.
      if (isFramed) response.chunkedEncoding = false;
      return this.#pumped(body, isFramed);
    }
    response.writeHead(status, headers);
    body.cancel();
    response.end();
    return undefined;
  }

  #pumped(source: HttpBody, isFramed: boolean): Promise<void> {
    this.#pump = new BodyPump(source, this.#response, this.#turnEnd, isFramed, () => {
      this.#stuckSince = undefined;
    });
    return this.#pump.run();
  }
}
