import { type SseFrame, SseParser } from "tideover/wire";
import { MOST_RESUME_DELAY_MS, RESUME_DELAY_MS, RESUME_FOR_MS, SILENCE_MS } from "../defaults.ts";
import { gatewayAddress } from "../gateway-address.ts";
import { StreamLostError } from "./stream-lost-error.ts";

/** One event of a stream. */
export interface StreamEvent {
  /** The event's type; `message` where the stream names none, as chat streams do. */
  readonly event: string;
  /** The event's text: JSON, or `[DONE]` at the end of a chat stream. */
  readonly data: string;
}

/** How a stream is read. */
export interface ResumeOptions {
  /** Gives the stream up. */
  readonly signal?: AbortSignal | undefined;
  /** How long a lost connection is tried again, in ms. Default 60 s: as long as the gateway keeps the stream. */
  readonly forMs?: number | undefined;
  /** Silence after which the connection counts as lost, in ms; the gateway gives a sign of life each 15 s. Default 45 s. */
  readonly silenceMs?: number | undefined;
  /** Address of the gateway, where the request itself goes through a server of one's own that does not pass streams on. */
  readonly gateway?: string | URL | undefined;
  /** Told when the connection was lost and when it is back, for a sign on the page. */
  readonly onConnection?: ((connected: boolean) => void) | undefined;
}

/**
 * The events of a stream, each once and in order, over lost connections.
 * @param ask sends the request, with the header `Tideover-Resumable: ?1`; asked once
 * @throws what `ask` throws; StreamLostError for a response that is no event stream, and for a stream that is lost
 *   for longer than it is kept, or that cannot be resumed
 */
export async function* resumedEvents(
  ask: () => Promise<Response>,
  options: ResumeOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  const first = await ask();
  if (!first.ok || !isEventStream(first)) {
    const text = await first.text();
    throw new StreamLostError(`The answer is no event stream (status ${first.status}).`, first.status, text);
  }
  const place = placeOf(first, options.gateway);
  let connection: Response | undefined = first;
  let lastId = "0";
  for (;;) {
    const read: StreamRead = new StreamRead(connection, options, place !== undefined);
    try {
      for (;;) {
        const frames = await read.next();
        if (frames === undefined) break;
        for (const { id, event, data } of frames) {
          lastId = id ?? lastId;
          yield { event, data };
          if (data === "[DONE]") return;
        }
      }
    } finally {
      read.cancel();
    }
    options.signal?.throwIfAborted();
    if (place === undefined) {
      throw new StreamLostError("The connection was lost, and this stream cannot be resumed.", undefined, "");
    }
    options.onConnection?.(false);
    connection = await comeBack(place, lastId, options);
    if (connection === undefined) return;
    options.onConnection?.(true);
  }
}

/** Reads one connection until it ends, is lost, or falls silent. */
class StreamRead {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #parser = new SseParser();
  readonly #silenceMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #resumable: boolean;

  constructor({ body }: Response, { silenceMs = SILENCE_MS, signal }: ResumeOptions, resumable: boolean) {
    this.#resumable = resumable;
    this.#reader = body?.getReader();
    this.#silenceMs = silenceMs;
    this.#signal = signal;
  }

  /** The next frames; undefined at the end, however it came. */
  async next(): Promise<readonly SseFrame[] | undefined> {
    const bytes = await this.#bytes();
    return bytes === undefined ? undefined : [...this.#parser.push(bytes)];
  }

  /** Nothing is read any more. Idempotent. */
  cancel(): void {
    // A connection that is lost cannot be cancelled, and need not be.
    this.#reader?.cancel().catch(() => undefined);
  }

  #bytes(): Promise<Uint8Array | undefined> {
    const reader = this.#reader;
    if (reader === undefined || this.#signal?.aborted === true) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        this.#signal?.removeEventListener("abort", giveUp);
        removeEventListener("offline", giveUp);
      };
      const giveUp = () => {
        stop();
        resolve(undefined);
      };
      const timer = setTimeout(giveUp, this.#silenceMs);
      this.#signal?.addEventListener("abort", giveUp, { once: true });
      // A connection without a network ends in a long silence; a stream that can be resumed need not wait for it.
      if (this.#resumable) addEventListener("offline", giveUp);
      reader.read().then(({ value }) => {
        stop();
        resolve(value);
      }, giveUp);
    });
  }
}

/** Connects again behind the last event. @returns undefined when everything has been seen */
async function comeBack(
  place: URL,
  lastId: string,
  { signal, forMs = RESUME_FOR_MS }: ResumeOptions,
): Promise<Response | undefined> {
  const url = new URL(place);
  // In the query: a header of our own would need a preflight from pages of other origins.
  url.searchParams.set("starting_after", lastId);
  const until = Date.now() + forMs;
  let delayMs = RESUME_DELAY_MS;
  for (;;) {
    signal?.throwIfAborted();
    const response = await fetch(url, { cache: "no-store", ...(signal === undefined ? {} : { signal }) })
      // No network: it is tried again.
      .catch(() => undefined);
    if (response?.status === 204) return undefined;
    if (response?.ok === true && isEventStream(response)) return response;
    if (response !== undefined && response.status < 500 && response.status !== 429) {
      throw new StreamLostError("The stream is kept no more.", response.status, await response.text());
    }
    if (Date.now() + delayMs > until) {
      throw new StreamLostError("The connection was lost for longer than the stream is kept.", response?.status, "");
    }
    await onlineOrAfter(delayMs * (0.75 + Math.random() / 2), signal);
    delayMs = Math.min(MOST_RESUME_DELAY_MS, delayMs * 2);
  }
}

/** Waits, no longer than until the network is back. */
function onlineOrAfter(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal?.addEventListener("abort", done);
  });
}

function placeOf(response: Response, gateway: string | URL | undefined): URL | undefined {
  const place = response.headers.get("content-location");
  if (place === null) return undefined;
  const base = gateway === undefined ? response.url : `${gatewayAddress(gateway)}/`;
  return new URL(place, new URL(base, location.href));
}

function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("text/event-stream") === true;
}
