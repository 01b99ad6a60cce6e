import { type ErrorCode, type Failure, isJsonObject, type JsonObject, type RungReason } from "../engine/index.ts";

/** One error that callers may see; each has an entry of its name in `docs/errors.md`. */
export interface ErrorEntry {
  readonly code: ErrorCode;
  readonly status: number;
  /** OpenAI's coarse class of error; its clients show it. */
  readonly type: string;
  readonly title: string;
  /** What `Retry-After` says when nothing better is known, in ms; absent where waiting does not help. */
  readonly retryAfterMs?: number;
}

/** A breaker's first open time (semantics, "Defaults"): before that, asking again meets the same state. */
const WAIT_FOR_CAPACITY_MS = 10_000;
/** A full bucket refills steadily; a second is the shortest wait that `Retry-After` can say. */
const WAIT_FOR_RATE_MS = 1_000;

/** Every error code with its status: the one place that decides them. */
export const ERROR_CATALOGUE: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: {
    code: "invalid_request",
    status: 400,
    type: "invalid_request_error",
    title: "The request is not one that Tideover can understand",
  },
  unauthorized: {
    code: "unauthorized",
    status: 401,
    type: "authentication_error",
    title: "The caller is not known, or comes from a place that is not trusted",
  },
  unknown_model: {
    code: "unknown_model",
    status: 404,
    type: "invalid_request_error",
    title: "No route offers the model",
  },
  unknown_job: {
    code: "unknown_job",
    status: 404,
    type: "invalid_request_error",
    title: "There is no such job, or it is somebody else's",
  },
  unknown_stream: {
    code: "unknown_stream",
    status: 404,
    type: "invalid_request_error",
    title: "There is no such stream, or it is somebody else's",
  },
  payload_too_large: {
    code: "payload_too_large",
    status: 413,
    type: "invalid_request_error",
    title: "The request body is over the limit",
  },
  idempotency_mismatch: {
    code: "idempotency_mismatch",
    status: 422,
    type: "invalid_request_error",
    title: "The idempotency key was used with another body",
  },
  rate_limited: {
    code: "rate_limited",
    status: 429,
    type: "rate_limit_error",
    title: "The caller's own rate is used up",
    retryAfterMs: WAIT_FOR_RATE_MS,
  },
  provider_unusable: {
    code: "provider_unusable",
    status: 502,
    type: "server_error",
    title: "A provider refuses Tideover's own key or account",
  },
  stream_interrupted: {
    code: "stream_interrupted",
    status: 502,
    type: "server_error",
    title: "The answer was cut and could not be finished",
  },
  load_shed: {
    code: "load_shed",
    status: 503,
    type: "server_error",
    title: "Tideover itself is full and let more urgent calls go first",
    retryAfterMs: WAIT_FOR_CAPACITY_MS,
  },
  ladder_exhausted: {
    code: "ladder_exhausted",
    status: 503,
    type: "server_error",
    title: "No rung of the route's ladder could answer",
    retryAfterMs: WAIT_FOR_CAPACITY_MS,
  },
  deadline_exceeded: {
    code: "deadline_exceeded",
    status: 504,
    type: "timeout_error",
    title: "The deadline passed before an answer came",
  },
  not_cached: {
    code: "not_cached",
    status: 504,
    type: "server_error",
    title: "Only a stored copy was wanted and there is none",
  },
};

/** An error as a caller is told it, before it is written down. */
export interface CallerError {
  readonly type: "caller-error";
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  /** The field or header that is wrong. */
  readonly param?: string | undefined;
  readonly rungs?: readonly RungReason[] | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Further response headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Makes an error of the catalogue; its status and its wait are the entry's unless said. */
export function callerError(
  code: ErrorCode,
  message: string,
  details: Partial<Omit<CallerError, "type" | "code" | "message">> = {},
): CallerError {
  const { status, retryAfterMs } = ERROR_CATALOGUE[code];
  return { type: "caller-error", code, message, status, retryAfterMs, ...details };
}

/** Whether a value is a {@link CallerError}. */
export function isCallerError(value: object): value is CallerError {
  return "type" in value && value.type === "caller-error";
}

/**
 * What a failure struck: no answer yet, an answer that was being folded into one document (nothing of it was shown),
 * or a stream that the caller is reading.
 */
export type Struck = "nothing" | "document" | "stream";

/** What a caller is told of a failure. Before an answer its own code decides, else its kind. */
export function errorOfFailure(failure: Failure, struck: Struck): CallerError {
  const code = codeOf(failure, struck);
  const details = {
    rungs: failure.rungs,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    // A caller's fault without the provider's own response keeps at least the provider's status.
    ...(code === "invalid_request" && isClientStatus(failure.status) ? { status: failure.status } : {}),
  };
  return callerError(code, messageOf(code, failure), details);
}

/** The error object of the OpenAI envelope. */
export function errorObject(error: CallerError, requestId: string): JsonObject {
  return {
    message: error.message,
    type: ERROR_CATALOGUE[error.code].type,
    param: error.param ?? null,
    code: error.code,
    ...(error.rungs === undefined ? {} : { rungs: error.rungs.map((rung) => ({ ...rung })) }),
    request_id: requestId,
  };
}

/** The error object in a provider's own response, or undefined when it is no JSON of that form. */
export function passedErrorObject(body: string): JsonObject | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return isJsonObject(parsed) && isJsonObject(parsed.error) ? parsed.error : undefined;
}

function codeOf({ kind, code, committed }: Failure, struck: Struck): ErrorCode {
  // A begun answer that ends badly is interrupted, whatever cut it. Only a document has a deadline as a whole.
  if (struck === "stream") return "stream_interrupted";
  if (struck === "document") return kind === "deadline" ? "deadline_exceeded" : "stream_interrupted";
  if (code !== undefined) return code;
  if (kind === "caller") return "invalid_request";
  if (kind === "credential") return "provider_unusable";
  if (kind === "deadline") return "deadline_exceeded";
  return committed ? "stream_interrupted" : "ladder_exhausted";
}

function messageOf(code: ErrorCode, failure: Failure): string {
  if (code !== "provider_unusable" || failure.provider === undefined) return failure.message;
  return failure.message.includes(failure.provider)
    ? failure.message
    : `Provider "${failure.provider}" cannot be used: ${failure.message}`;
}

function isClientStatus(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status < 500;
}
