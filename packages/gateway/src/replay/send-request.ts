import {
  type Clock,
  type Failure,
  isFailure,
  type JsonObject,
  type Transport,
  type TransportResponse,
} from "tideover/engine";
import { SseParser } from "tideover/wire";
import { AnswerReader } from "./answer-reader.ts";
import { ENDED, type Observation } from "./observation.ts";
import { type Bounds, Patience } from "./patience.ts";

/** Most bytes of an unstreamed answer. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

/** Where a replay sends its requests. */
export interface ReplayTarget {
  /** Address without a path. */
  readonly url: string;
  readonly key?: string | undefined;
  /** What the caller says its deadline is, in ms. */
  readonly deadlineMs?: number | undefined;
  readonly bounds: Bounds;
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * Sends one request and reads its answer to the end, within the target's bounds. Never rejects.
 * @param dueAt the time of the clock that its times are counted from.
 */
export async function sendRequest(
  target: ReplayTarget,
  body: JsonObject,
  dueAt: number,
  stop: AbortSignal,
): Promise<Observation> {
  const { clock, bounds, transport } = target;
  const patience = new Patience(clock, bounds, stop);
  const exchange = new ReplayExchange(clock, dueAt, patience, body.stream === true);
  try {
    const response = await transport.send(
      {
        method: "POST",
        url: `${target.url}/v1/chat/completions`,
        headers: headersOf(target),
        body: JSON.stringify(body),
      },
      patience.signal,
    );
    return exchange.observation(isFailure(response) ? response : await exchange.read(response));
  } finally {
    patience.end();
  }
}

function headersOf({ key, deadlineMs }: ReplayTarget): Record<string, string> {
  return {
    "content-type": "application/json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(deadlineMs === undefined ? {} : { "tideover-deadline": `${Math.ceil(deadlineMs)}ms` }),
  };
}

class ReplayExchange {
  readonly #clock: Clock;
  readonly #dueAt: number;
  readonly #patience: Patience;
  readonly #streamed: boolean;
  readonly #reader = new AnswerReader();
  #firstTokenMs: number | undefined;

  constructor(clock: Clock, dueAt: number, patience: Patience, streamed: boolean) {
    this.#clock = clock;
    this.#dueAt = dueAt;
    this.#patience = patience;
    this.#streamed = streamed;
  }

  /** Reads the body; a failure when it breaks or takes too long. */
  async read(response: TransportResponse): Promise<Failure | undefined> {
    this.#readHead(response);
    const { signal } = this.#patience;
    const cancel = () => response.body.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const isStream = response.header("content-type")?.startsWith("text/event-stream") === true;
      const broken = await (isStream ? this.#readStream(response) : this.#readDocument(response));
      return signal.aborted ? (signal.reason as Failure) : broken;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** How it ended. @param broken why there is nothing more to read, where that was no clean end. */
  observation(broken: Failure | undefined): Observation {
    const { text, rung, degraded, attempts, seams, outcome } = this.#reader;
    const ended = outcome ?? broken?.reason ?? ENDED.unfinished;
    return {
      outcome: ended,
      interrupted: this.#streamed && this.#firstTokenMs !== undefined && ended !== ENDED.answered,
      streamed: this.#streamed,
      rung,
      degraded,
      attempts,
      continued: seams > 0,
      firstTokenMs: this.#firstTokenMs,
      totalMs: this.#elapsedMs(),
      text,
    };
  }

  #readHead(response: TransportResponse): void {
    this.#reader.rung = response.header("tideover-rung");
    this.#reader.degraded = response.header("tideover-degraded") === "?1";
  }

  async #readStream({ body }: TransportResponse): Promise<Failure | undefined> {
    const parser = new SseParser();
    for (;;) {
      const chunk = await body.read();
      if (chunk === undefined) return undefined;
      if (!(chunk instanceof Uint8Array)) return chunk;
      for (const frame of parser.push(chunk)) {
        if (!this.#reader.takeFrame(frame)) continue;
        this.#firstTokenMs ??= this.#elapsedMs();
        this.#patience.contentCame();
      }
      if (parser.failure !== undefined) {
        body.cancel();
        return parser.failure;
      }
    }
  }

  async #readDocument({ body, status }: TransportResponse): Promise<Failure | undefined> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const chunk = await body.read();
      if (chunk === undefined) break;
      if (!(chunk instanceof Uint8Array)) return chunk;
      length += chunk.byteLength;
      if (length > MOST_BODY_BYTES) {
        body.cancel();
        this.#reader.outcome = ENDED.malformed;
        return undefined;
      }
      chunks.push(chunk);
    }
    // Some sources end in good order when they are given up; a part is then no answer to be read.
    if (this.#patience.signal.aborted) return undefined;
    this.#reader.takeDocument(Buffer.concat(chunks, length).toString("utf8"), status);
    return undefined;
  }

  #elapsedMs(): number {
    return this.#clock.now() - this.#dueAt;
  }
}
