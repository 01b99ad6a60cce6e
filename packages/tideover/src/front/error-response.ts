import type { Failure, Origin } from "../engine/index.ts";
import { type CallerError, errorObject, errorOfFailure, passedErrorObject, type Struck } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { headerText, type WholeResponse } from "./http.ts";
import { type Provenance, provenanceOf } from "./provenance-json.ts";
import { identityHeaders, tideoverHeaders } from "./response-headers.ts";
import { callerGone } from "./running-call.ts";

/** Status for a caller that is gone (nginx's); nobody sees it but the logs. */
export const CLIENT_CLOSED_REQUEST = 499;

/** Where a failure struck. */
export interface FailurePlace {
  readonly struck: Struck;
  /** Where the answer came from that it struck. */
  readonly origin?: Origin | undefined;
}

/** A JSON response that nobody may store. */
export function jsonResponse(status: number, text: string, headers: Readonly<Record<string, string>>): WholeResponse {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: text,
  };
}

/** The response to a request that was refused before anything was tried: for the front, and for servers around it. */
export function refusalResponse(error: CallerError, requestId: string): WholeResponse {
  return jsonResponse(error.status, JSON.stringify({ error: errorObject(error, requestId) }), {
    ...identityHeaders(requestId),
    ...retryAfter(error.retryAfterMs),
    ...error.headers,
  });
}

/** The response to a call that failed: a provider's own response where it is the caller's fault, else our envelope. */
export function failureResponse(exchange: Exchange, failure: Failure, place: FailurePlace): WholeResponse {
  const headers = {
    ...tideoverHeaders({
      requestId: exchange.id,
      trace: exchange.trace,
      origin: place.origin,
      provider: failure.provider,
      elapsedMs: exchange.elapsedMs(),
      provenance: exchange.settings.provenance.headers,
    }),
    ...shouldRetry(exchange),
  };
  if (isCallerGone(failure, exchange)) {
    exchange.end({ result: "cancelled", status: CLIENT_CLOSED_REQUEST, failure, origin: place.origin });
    return { status: CLIENT_CLOSED_REQUEST, headers, body: new Uint8Array() };
  }
  const passed = passedOf(failure);
  if (passed !== undefined) {
    exchange.end({ result: "failed", status: passed.status, code: "invalid_request", failure });
    const { status, contentType, body } = passed;
    return {
      status,
      headers: { ...headers, "content-type": headerText(contentType), "cache-control": "no-store" },
      body,
    };
  }
  const error = errorOfFailure(failure, place.struck);
  exchange.end({
    result: error.code === "stream_interrupted" ? "interrupted" : "failed",
    status: error.status,
    code: error.code,
    failure,
    origin: place.origin,
  });
  const text = JSON.stringify({
    error: errorObject(error, exchange.id),
    ...provenanceMember(exchange, failure, place),
  });
  return jsonResponse(error.status, text, { ...headers, ...retryAfter(error.retryAfterMs) });
}

/**
 * The JSON text that ends a stream in place of `[DONE]`, once the head has gone out and cannot tell any more. As the
 * status and `Retry-After` cannot be sent either, the error object has both.
 */
export function inBandError(exchange: Exchange, failure: Failure, place: FailurePlace): string {
  const passed = place.struck === "nothing" ? passedOf(failure) : undefined;
  const error = errorOfFailure(failure, place.struck);
  const object = (passed && passedErrorObject(passed.body)) ?? errorObject(error, exchange.id);
  return JSON.stringify({
    error: {
      ...object,
      status: passed?.status ?? error.status,
      ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: error.retryAfterMs }),
    },
    ...provenanceMember(exchange, failure, place),
  });
}

/** Whether a failure only says that nobody waits any more; a cancel of our own making is told like any failure. */
function isCallerGone({ kind, reason }: Failure, { request }: Exchange): boolean {
  return kind === "cancelled" && (reason === callerGone().reason || request.signal.aborted);
}

function passedOf({ kind, code, passed }: Failure): Failure["passed"] {
  return kind === "caller" && (code === undefined || code === "invalid_request") ? passed : undefined;
}

function provenanceMember(exchange: Exchange, failure: Failure, place: FailurePlace): { tideover?: Provenance } {
  if (!exchange.settings.provenance.body) return {};
  const { provider, kind } = failure;
  const openAttempts = place.struck === "nothing" ? kind : "cut";
  return { tideover: provenanceOf({ trace: exchange.trace, origin: place.origin, provider, openAttempts }) };
}

/** `Retry-After` in whole seconds, rounded up: it is a floor. */
function retryAfter(ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(ms / 1_000))) };
}

/** Where a provider was tried, Tideover has done what a client's own retry would do: OpenAI's clients then leave it. */
function shouldRetry({ trace }: Exchange): Record<string, string> {
  return trace.attempts.length > 0 ? { "x-should-retry": "false" } : {};
}
