import type { Clock, IdSource, Timer } from "../../engine/index.ts";
import type { Exchange } from "../exchange.ts";
import { type HttpRequest, type HttpResponse, isWholeBody } from "../http.ts";
import { onAbort } from "../running-call.ts";
import { type Sign, streamUrl } from "../ticket-links.ts";
import { KEPT_MS, MOST_BYTES, MOST_READERS, MOST_STREAMS } from "./defaults.ts";
import { type Admit, respondToStream } from "./stream-endpoint.ts";
import { StreamLog } from "./stream-log.ts";
import { followLog } from "./stream-reader.ts";

/** What resumable streams need from whoever composes them. */
export interface ResumableStreamsOptions {
  readonly clock: Clock;
  /** Unguessable identifiers. */
  readonly ids: IdSource;
  /** Signs links for pages that hold no key; absent: a stream is resumed with a key of its tenant only. */
  readonly sign?: Sign | undefined;
}

/** A request whose answer is to outlive its connection. */
export interface HeldRequest {
  /** The request without its client's leaving: that no longer cancels anything once {@link keep} has kept the answer. */
  readonly request: HttpRequest;
  /** The response to send: one that can be resumed where it is an event stream and there is room, else as it was. */
  keep(response: HttpResponse, exchange: Exchange): HttpResponse;
}

interface KeptStream {
  readonly log: StreamLog;
  /** `Tideover-Request-Id` of the request that began it. */
  readonly requestId: string;
  timer: Timer | undefined;
}

/**
 * The streams of this process that go on after a lost connection. One serves every configuration that the process has:
 * a reload cuts none.
 */
export class ResumableStreams {
  readonly sign: Sign | undefined;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #streams = new Map<string, KeptStream>();
  /** The streams' identifiers by those of their requests: the name that a caller has of every answer. */
  readonly #byRequest = new Map<string, string>();
  #bytes = 0;

  constructor({ clock, ids, sign }: ResumableStreamsOptions) {
    this.#clock = clock;
    this.#ids = ids;
    this.sign = sign;
  }

  /** Takes a request in hand that asks for it with `Tideover-Resumable: ?1`; undefined for any other. */
  hold(request: HttpRequest): HeldRequest | undefined {
    if (request.method !== "POST" || request.header("tideover-resumable")?.trim() !== "?1") return undefined;
    const scope = new AbortController();
    const forgetAbort = onAbort(request.signal, () => scope.abort(request.signal.reason));
    return {
      request: detached(request, scope.signal),
      keep: (response, exchange) => {
        // Before its head a stream has no name to be asked for by: whoever leaves then leaves it for good.
        if (request.signal.aborted) return response;
        const kept = this.#keep(response, exchange, request);
        if (kept !== undefined) forgetAbort();
        return kept ?? response;
      },
    };
  }

  /** A stream that its tenant, or the bearer of a signed link (undefined), may read. */
  find(id: string, tenant: string | undefined, byLink: boolean): StreamLog | undefined {
    const log = this.#streams.get(id)?.log;
    return log !== undefined && (byLink || log.tenant === tenant) ? log : undefined;
  }

  /**
   * Answers `/v1/streams/{id}`.
   * @param id as `Content-Location` names the stream, or the request that began it here
   * @param admit who calls, asked where the request carries no signed link
   */
  respond(exchange: Exchange, id: string, admit: Admit): HttpResponse {
    return respondToStream(exchange, this.#byRequest.get(id) ?? id, this, admit);
  }

  /** Another reader of a stream; undefined where it has as many as it may. */
  follow(id: string, seenId: number, exchange: Exchange): HttpResponse["body"] | undefined {
    const kept = this.#streams.get(id);
    if (kept === undefined || kept.log.readers.size >= MOST_READERS) return undefined;
    return followLog(kept.log, seenId, exchange, exchange.request, () => {
      exchange.end({ result: "answered", status: 200 });
      this.#left(id, kept);
    });
  }

  /** Ends a stream that nobody wants any more. */
  cancel(id: string): void {
    const kept = this.#streams.get(id);
    if (kept !== undefined) this.#forget(id, kept);
  }

  #keep({ status, headers, body }: HttpResponse, exchange: Exchange, request: HttpRequest): HttpResponse | undefined {
    if (status !== 200 || isWholeBody(body) || !isEventStream(headers)) return undefined;
    if (!this.#hasRoom()) return undefined;
    const id = this.#ids.next();
    const log = new StreamLog(body, exchange.tenant, (grownBytes) => this.#changed(id, kept, grownBytes));
    const kept: KeptStream = { log, requestId: exchange.id, timer: undefined };
    this.#streams.set(id, kept);
    this.#byRequest.set(exchange.id, id);
    const shown = followLog(log, 0, exchange, request, () => this.#left(id, kept));
    void log.fill();
    const url = streamUrl(id, this.sign, this.#clock.wallTime());
    return { status, headers: { ...headers, "content-location": url }, body: shown };
  }

  #changed(id: string, kept: KeptStream, grownBytes: number): void {
    if (this.#streams.get(id) !== kept) return;
    this.#bytes += grownBytes;
    if (kept.log.ended) this.#forgetLater(id, kept);
    else while (this.#bytes > MOST_BYTES && this.#forgetOldestEnded());
  }

  #left(id: string, kept: KeptStream): void {
    if (kept.log.readers.size === 0 && this.#streams.get(id) === kept) this.#forgetLater(id, kept);
  }

  /** Counts anew from the end of the stream, and from each time that it has no reader left. */
  #forgetLater(id: string, kept: KeptStream): void {
    kept.timer?.cancel();
    kept.timer = this.#clock.schedule(KEPT_MS, () => {
      kept.timer = undefined;
      if (kept.log.ended || kept.log.readers.size === 0) this.#forget(id, kept);
    });
  }

  #hasRoom(): boolean {
    const isFull = () => this.#streams.size >= MOST_STREAMS || this.#bytes >= MOST_BYTES;
    while (isFull()) if (!this.#forgetOldestEnded()) return false;
    return true;
  }

  #forgetOldestEnded(): boolean {
    for (const [id, kept] of this.#streams) {
      if (!kept.log.ended) continue;
      this.#forget(id, kept);
      return true;
    }
    return false;
  }

  #forget(id: string, kept: KeptStream): void {
    kept.timer?.cancel();
    kept.timer = undefined;
    if (!this.#streams.delete(id)) return;
    this.#byRequest.delete(kept.requestId);
    this.#bytes -= kept.log.bytes;
    kept.log.cancel();
  }
}

function isEventStream(headers: HttpResponse["headers"]): boolean {
  return headers["content-type"]?.startsWith("text/event-stream") === true;
}

/** The same request under another signal. A server's request may be an object with accessors: it is not copied. */
function detached(request: HttpRequest, signal: AbortSignal): HttpRequest {
  const { method, path, body, bodyStream, remoteAddress } = request;
  return {
    method,
    path,
    body,
    signal,
    header: (name) => request.header(name),
    ...(bodyStream === undefined ? {} : { bodyStream }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  };
}
