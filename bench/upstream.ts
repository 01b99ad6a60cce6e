/**
 * The mock upstream: a process of its own, on raw sockets, so that it costs as little as possible of the core that it
 * shares with the load generator. Not a simulated provider: it only answers, at a set pace, with stamped events.
 *
 * `node bench/upstream.ts` prints `{"port":N}` and runs until it is ended.
 */
import { createServer, type Socket } from "node:net";
import {
  answerBody,
  EVENT_INTERVAL_MS,
  EVENTS_PER_STREAM,
  type Manner,
  monotonicMicros,
  STREAM_END,
  stampedEvent,
} from "./payloads.ts";

/** What `GET /stats` gives. */
export interface UpstreamStats {
  /** Requests for an answer so far. */
  readonly requests: number;
  /** Streams that are open now. */
  readonly open: number;
  /** Streams whose caller left before their end. */
  readonly aborted: number;
}

interface PacedStream {
  sent: number;
  nextAt: number;
}

const SSE_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const BODY = answerBody();
const WHOLE = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  "latin1",
);
/** The longest request that is read, in bytes: what is longer is no request of the bench. */
const MOST_REQUEST_BYTES = 64 * 1024;

class MockUpstream {
  readonly #paced = new Map<Socket, PacedStream>();
  readonly #open = new Set<Socket>();
  #requests = 0;
  #aborted = 0;

  listen(): void {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
      const address = server.address();
      if (typeof address === "object") process.stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
    });
    setInterval(() => this.#tick(), 1);
  }

  #accept(socket: Socket): void {
    let pending = "";
    socket.on("data", (bytes: Buffer) => {
      pending += bytes.toString("latin1");
      for (;;) {
        const length = requestLength(pending);
        if (length === undefined) break;
        const request = pending.slice(0, length);
        pending = pending.slice(length);
        this.#answer(socket, request);
      }
      if (pending.length > MOST_REQUEST_BYTES) socket.destroy();
    });
    // Callers abort on purpose; the close that follows is what counts.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#closed(socket));
  }

  #closed(socket: Socket): void {
    if (!this.#open.delete(socket)) return;
    this.#aborted++;
    this.#paced.delete(socket);
  }

  #answer(socket: Socket, request: string): void {
    if (request.startsWith("GET /stats")) {
      const stats: UpstreamStats = { requests: this.#requests, open: this.#open.size, aborted: this.#aborted };
      const text = JSON.stringify(stats);
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
      );
      return;
    }
    this.#requests++;
    const manner = mannerOf(request);
    if (!request.includes('"stream":true')) socket.write(WHOLE);
    else if (manner === "whole") socket.write(`${SSE_HEAD}${wholeStream()}`, "latin1");
    else {
      socket.write(SSE_HEAD + chunk(stampedEvent(monotonicMicros())), "latin1");
      this.#open.add(socket);
      if (manner === "paced") this.#paced.set(socket, { sent: 1, nextAt: performance.now() + EVENT_INTERVAL_MS });
    }
  }

  /** Sends what is due. A late tick delays events and never merges them; the stamp is taken when the event is sent. */
  #tick(): void {
    const now = performance.now();
    for (const [socket, stream] of this.#paced) {
      if (stream.nextAt > now) continue;
      stream.nextAt += EVENT_INTERVAL_MS;
      stream.sent++;
      const event = chunk(stampedEvent(monotonicMicros()));
      if (stream.sent < EVENTS_PER_STREAM) {
        socket.write(event, "latin1");
        continue;
      }
      this.#paced.delete(socket);
      this.#open.delete(socket);
      socket.write(event + chunk(STREAM_END) + LAST_CHUNK, "latin1");
    }
  }
}

function wholeStream(): string {
  const event = chunk(stampedEvent(monotonicMicros()));
  return event.repeat(EVENTS_PER_STREAM) + chunk(STREAM_END) + LAST_CHUNK;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

/** How long the first request of a text is, in bytes; undefined while it is not whole. */
function requestLength(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const bodyStart = headEnd + 4;
  const announced = /\r\ncontent-length: *(\d+)/.exec(head);
  if (announced !== null) {
    const length = bodyStart + Number(announced[1]);
    return text.length >= length ? length : undefined;
  }
  if (!head.includes("\r\ntransfer-encoding: chunked")) return bodyStart;
  const end = text.indexOf("\r\n0\r\n\r\n", headEnd);
  return end < 0 ? undefined : end + 7;
}

function mannerOf(request: string): Manner {
  if (request.includes('"model":"paced"')) return "paced";
  return request.includes('"model":"hold"') ? "hold" : "whole";
}

new MockUpstream().listen();
