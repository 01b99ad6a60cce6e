import {
  type Answer,
  type AnswerEvent,
  type AnswerReader,
  type Batch,
  type Ending,
  type Failure,
  failure,
  type JsonObject,
  type Outcome,
  readInto,
  type Usage,
} from "../engine/index.ts";
import { DONE, encodeJson, hideInjectedUsage, KEEP_ALIVE, unfold } from "../wire/index.ts";
import { acceptedBody, acceptedResponse } from "./accepted-response.ts";
import { CLIENT_CLOSED_REQUEST, failureResponse, inBandError } from "./error-response.ts";
import { errorOfFailure } from "./errors.ts";
import { EVENT_STREAM_HEADERS } from "./event-stream-response.ts";
import type { Exchange, RoutedCall } from "./exchange.ts";
import { HeldTail } from "./held-tail.ts";
import type { HttpResponse } from "./http.ts";
import { type BodyProducer, KeepAliveBody } from "./keep-alive.ts";
import { OutgoingFrames } from "./outgoing-frames.ts";
import { keepAliveIntervalMs } from "./parse-headers.ts";
import { modelIn, provenanceOf, withProvenance } from "./provenance-json.ts";
import { identityHeaders, tideoverHeaders } from "./response-headers.ts";
import { callerGone, internalFailure, onAbort, type RunningCall, runCall } from "./running-call.ts";
import { within } from "./within.ts";

/**
 * Answers a caller that wants a stream. The head is held until the outcome is known, so that a failure can have its
 * own status; after an interval of silence it goes out as 200, and everything later is told in the stream.
 */
export async function streamResponse(exchange: Exchange, routed: RoutedCall): Promise<HttpResponse> {
  const { clock, settings, request } = exchange;
  const run = runCall(routed.service, routed.call, clock, exchange.noteThrown);
  const intervalMs = keepAliveIntervalMs(request, settings.keepAlive.intervalMs);
  const forgetAbort = onAbort(request.signal, run.cancel);
  const outcome = await within(clock, intervalMs, run.outcome);
  forgetAbort();
  if (outcome !== undefined) exchange.outcomeAt = clock.now();
  if (outcome?.type === "failure") return failureResponse(exchange, outcome, { struck: "nothing" });
  if (outcome?.type === "accepted") return acceptedResponse(exchange, outcome);
  return new StreamedAnswer(exchange, routed, run, outcome, intervalMs).response();
}

/** An answer on its way to the caller as server-sent events. */
class StreamedAnswer implements BodyProducer, AnswerReader {
  readonly #exchange: Exchange;
  readonly #routed: RoutedCall;
  readonly #run: RunningCall;
  readonly #body: KeepAliveBody;
  readonly #tail = new HeldTail();
  #forgetAbort: () => void = () => {};
  #answer: Answer | undefined;
  #usage: Usage | undefined;
  #lastSent: AnswerEvent | undefined;
  #ended = false;

  constructor(
    exchange: Exchange,
    routed: RoutedCall,
    run: RunningCall,
    answer: Answer | undefined,
    intervalMs: number,
  ) {
    this.#exchange = exchange;
    this.#routed = routed;
    this.#run = run;
    this.#answer = answer;
    this.#body = new KeepAliveBody({
      clock: exchange.clock,
      intervalMs,
      signOfLife: KEEP_ALIVE,
      patienceMs: routed.totalMs,
      silentAlready: answer === undefined,
    });
    this.#body.fillFrom(this);
    this.#forgetAbort = onAbort(exchange.request.signal, () => this.#body.cancel());
    if (this.#ended) this.#forgetAbort();
  }

  response(): HttpResponse {
    const { id, trace, settings } = this.#exchange;
    const headers =
      this.#answer === undefined
        ? identityHeaders(id)
        : tideoverHeaders({
            requestId: id,
            trace,
            origin: this.#answer.origin,
            elapsedMs: this.#exchange.elapsedMs(),
            provenance: settings.provenance.headers,
          });
    return {
      status: 200,
      headers: { ...EVENT_STREAM_HEADERS, ...headers },
      body: this.#body,
    };
  }

  pull(): void {
    if (this.#answer === undefined) void this.#run.outcome.then((outcome) => this.#begin(outcome));
    else readInto(this.#answer.stream, this);
  }

  /** The outcome came after the head had gone out. */
  #begin(outcome: Outcome): void {
    const { clock } = this.#exchange;
    if (outcome.type === "answer") {
      // Whoever cancelled in the meantime could not reach this stream.
      if (this.#ended) {
        outcome.stream.cancel(callerGone());
        return;
      }
      this.#exchange.outcomeAt = clock.now();
      this.#answer = outcome;
      readInto(outcome.stream, this);
      return;
    }
    if (this.#ended) return;
    this.#exchange.outcomeAt = clock.now();
    if (outcome.type === "failure") {
      this.#fail(outcome);
      return;
    }
    this.#finish(encodeJson(JSON.stringify(acceptedBody(this.#exchange, outcome))));
    this.#exchange.end({ result: "accepted", status: 200, origin: { rung: "ticket", degraded: true } });
  }

  take(next: Batch | Ending): void {
    const answer = this.#answer;
    if (this.#ended || answer === undefined) return;
    try {
      if (next.type === "batch") this.#send(answer, next.events);
      else if (next.failure === undefined) this.#complete(answer);
      else this.#fail(next.failure);
    } catch (error) {
      this.broken(error);
    }
  }

  /** Sends what may go out now; when that is nothing, the reader goes on waiting for what comes next. */
  #send(answer: Answer, events: readonly AnswerEvent[]): void {
    const out = new OutgoingFrames();
    for (const event of events) {
      // A piece of a text is what nearly every event is; with nothing held back before it, it goes as it came.
      if (event.piece !== undefined && this.#tail.isEmpty) this.#put(event, out);
      else this.#sendOther(event, out);
    }
    const bytes = out.bytes();
    if (bytes === undefined) readInto(answer.stream, this);
    else this.#body.give(bytes);
  }

  #sendOther(event: AnswerEvent, out: OutgoingFrames): void {
    const { operation, includeUsage } = this.#routed.call.request;
    this.#usage = event.usage ?? this.#usage;
    for (const chunk of event.whole ? unfold(event.json, operation) : [event]) {
      if (!includeUsage && hideInjectedUsage(chunk) === undefined) continue;
      for (const ready of this.#tail.push(chunk)) this.#put(ready, out);
    }
  }

  #put(event: AnswerEvent, out: OutgoingFrames): void {
    out.add(event.frame ?? encodeJson(event.data));
    this.#lastSent = event;
  }

  /** The answer is whole: what was held back goes out, the last chunk with the provenance, then `[DONE]`. */
  #complete({ origin }: Answer): void {
    const { trace, settings } = this.#exchange;
    const held = this.#tail.release();
    const out = new OutgoingFrames();
    const last = held.pop();
    for (const event of held) out.add(encodeJson(event.data));
    if (settings.provenance.body) {
      const json = last?.json ?? emptyChunk(this.#lastSent);
      const provenance = provenanceOf({ trace, origin, answeredModel: modelIn(json), openAttempts: "answered" });
      out.add(encodeJson(withProvenance(last?.data ?? JSON.stringify(json), json, provenance)));
    } else if (last !== undefined) {
      out.add(encodeJson(last.data));
    }
    out.add(DONE);
    this.#finish(out.bytes() ?? DONE);
    this.#exchange.end({ result: "answered", status: 200, origin, usage: this.#usage });
  }

  /**
   * The stream ends with an error in place of `[DONE]`. A finish that was held back is dropped: it would say that the
   * answer is whole.
   */
  #fail(cause: Failure): void {
    const origin = this.#answer?.origin;
    const struck = origin === undefined ? "nothing" : "stream";
    const { code } = errorOfFailure(cause, struck);
    this.#finish(encodeJson(inBandError(this.#exchange, cause, { struck, origin })));
    const result = struck === "stream" ? "interrupted" : "failed";
    this.#exchange.end({ result, status: 200, code, failure: cause, origin, usage: this.#usage });
  }

  #finish(lastBytes: Uint8Array): void {
    this.#close();
    this.#body.end(lastBytes);
  }

  #close(): void {
    this.#ended = true;
    this.#forgetAbort();
  }

  /** The stream gave nothing for as long as a whole answer may take: only a misbehaving service does that. */
  expire(): void {
    const stalled = failure("fault", "stalled", "The answer stopped and its stream did not end.");
    this.#fail(stalled);
    this.#release(stalled);
  }

  broken(error: unknown): void {
    this.#exchange.noteThrown(error);
    const broken = internalFailure();
    if (!this.#ended) this.#fail(broken);
    this.#release(broken);
  }

  /** The caller is gone. */
  cancel(): void {
    const reason = callerGone();
    this.#close();
    this.#release(reason);
    const origin = this.#answer?.origin;
    this.#exchange.end({
      result: "cancelled",
      status: CLIENT_CLOSED_REQUEST,
      failure: reason,
      origin,
      usage: this.#usage,
    });
  }

  /** Ends everything below: the call while there is no outcome, then the answer's stream. */
  #release(reason: Failure): void {
    this.#answer?.stream.cancel(reason);
    if (this.#answer !== undefined) return;
    this.#run.cancel(reason);
    void this.#run.outcome.then((outcome) => {
      if (outcome.type === "answer") outcome.stream.cancel(reason);
    });
  }
}

/** The last chunk of an answer that had none to hold back: the provider closed it without a finish. */
function emptyChunk(sent: AnswerEvent | undefined): JsonObject {
  const { id, object, created, model } = sent?.json ?? {};
  return { id, object, created, model, choices: [] };
}
