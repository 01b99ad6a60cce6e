import type { Answer, Failure } from "../engine/index.ts";
import { acceptedResponse } from "./accepted-response.ts";
import { failureResponse, jsonResponse } from "./error-response.ts";
import type { Exchange, RoutedCall } from "./exchange.ts";
import { type FoldedAnswer, foldAnswer, foldEvents } from "./fold-answer.ts";
import { bytesOf, bytesOfBody, type HttpResponse, type WholeResponse } from "./http.ts";
import { KeepAliveBody } from "./keep-alive.ts";
import { keepAliveIntervalMs } from "./parse-headers.ts";
import { modelIn, provenanceOf, withProvenance } from "./provenance-json.ts";
import { identityHeaders, tideoverHeaders } from "./response-headers.ts";
import { callerGone, onAbort, type RunningCall, remainingMs, runCall } from "./running-call.ts";
import { within } from "./within.ts";

/** A sign of life that JSON allows before a document. */
const NEWLINE = bytesOf("\n");

/**
 * Answers a caller that wants one document: the folded answer, or the error with its own status. With
 * `keepAlive.unary`, a caller that waits longer than the interval gets 200 and newlines first; what follows then, an
 * error too, has only its body.
 */
export function unaryResponse(exchange: Exchange, routed: RoutedCall): Promise<HttpResponse> | HttpResponse {
  const run = runCall(routed.service, routed.call, exchange.clock, exchange.noteThrown);
  return responseAtOnce(exchange, routed, run) ?? responseInTime(exchange, new UnaryWork(exchange, routed, run));
}

/** The response where the whole answer was there at once. */
function responseAtOnce(exchange: Exchange, routed: RoutedCall, { ready }: RunningCall): WholeResponse | undefined {
  const events = ready?.type === "answer" ? ready.stream.takeAll?.() : undefined;
  if (ready?.type !== "answer" || events === undefined) return undefined;
  exchange.outcomeAt = exchange.clock.now();
  return foldedResponse(exchange, ready, foldEvents(events, routed.call.request.operation));
}

async function responseInTime(exchange: Exchange, work: UnaryWork): Promise<HttpResponse> {
  const forgetAbort = onAbort(exchange.request.signal, (reason) => work.cancel(reason));
  const response = work.response.finally(forgetAbort);
  const { clock, settings } = exchange;
  if (!settings.keepAlive.unary) return response;
  const intervalMs = keepAliveIntervalMs(exchange.request, settings.keepAlive.intervalMs);
  return (await within(clock, intervalMs, response)) ?? bridged(exchange, work, intervalMs);
}

/** 200 now, newlines while it takes, then the document. */
function bridged(exchange: Exchange, work: UnaryWork, intervalMs: number): HttpResponse {
  const body = new KeepAliveBody({
    clock: exchange.clock,
    intervalMs,
    signOfLife: NEWLINE,
    // The work has its own bound: the call's deadline.
    patienceMs: Infinity,
    silentAlready: true,
  });
  const cancel = () => work.cancel(callerGone());
  body.fillFrom({
    pull: () => void work.response.then((response) => body.end(bytesOfBody(response.body))),
    expire: cancel,
    cancel,
  });
  const headers = { "content-type": "application/json", "cache-control": "no-store", "x-accel-buffering": "no" };
  return { status: 200, headers: { ...headers, ...identityHeaders(exchange.id) }, body };
}

/** One unstreamed call from its start to its response. */
class UnaryWork {
  /** Never rejects. */
  readonly response: Promise<WholeResponse>;
  readonly #exchange: Exchange;
  readonly #routed: RoutedCall;
  readonly #run: RunningCall;
  #stop: (reason: Failure) => void;
  #cancelled: Failure | undefined;

  constructor(exchange: Exchange, routed: RoutedCall, run: RunningCall) {
    this.#exchange = exchange;
    this.#routed = routed;
    this.#run = run;
    this.#stop = this.#run.cancel;
    this.response = this.#respond();
  }

  cancel(reason: Failure): void {
    this.#cancelled ??= reason;
    this.#stop(reason);
  }

  async #respond(): Promise<WholeResponse> {
    const exchange = this.#exchange;
    const outcome = await this.#run.outcome;
    exchange.outcomeAt = exchange.clock.now();
    if (outcome.type === "failure") return failureResponse(exchange, outcome, { struck: "nothing" });
    if (outcome.type === "accepted") return acceptedResponse(exchange, outcome);
    return foldedResponse(exchange, outcome, await this.#fold(outcome));
  }

  #fold(answer: Answer): Promise<FoldedAnswer | Failure> {
    const { clock, noteThrown } = this.#exchange;
    const { call } = this.#routed;
    const boundMs = remainingMs(call, clock);
    const folding = foldAnswer(answer, call.request.operation, { clock, boundMs, onThrown: noteThrown });
    this.#stop = folding.cancel;
    // The caller may have gone between the outcome and this moment.
    if (this.#cancelled !== undefined) folding.cancel(this.#cancelled);
    return folding.result;
  }
}

function foldedResponse(exchange: Exchange, answer: Answer, folded: FoldedAnswer | Failure): WholeResponse {
  if (folded.type === "failure") {
    return failureResponse(exchange, folded, { struck: "document", origin: answer.origin });
  }
  return answerResponse(exchange, answer, folded);
}

function answerResponse(exchange: Exchange, { origin }: Answer, folded: FoldedAnswer): WholeResponse {
  const { trace, settings } = exchange;
  const text = settings.provenance.body
    ? withProvenance(
        folded.text,
        folded.json,
        provenanceOf({ trace, origin, answeredModel: modelIn(folded.json), openAttempts: "answered" }),
      )
    : folded.text;
  exchange.end({ result: "answered", status: 200, origin, usage: folded.usage });
  return jsonResponse(
    200,
    text,
    tideoverHeaders({
      requestId: exchange.id,
      trace,
      origin,
      elapsedMs: exchange.elapsedMs(),
      provenance: settings.provenance.headers,
    }),
  );
}
