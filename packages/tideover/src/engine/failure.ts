/**
 * What kind of failure it is; this alone decides what may be tried next and what is counted against whom.
 *
 * - `overloaded`: 429, 503, no first token in time. Another provider may answer now.
 * - `fault`: 5xx, reset, protocol error, cut, blank answer, `insufficient_system_resource`.
 * - `caller`: the request itself is wrong. Passed through, never tried again.
 * - `incompatible`: this provider cannot serve this request (as translated for it). The next may.
 * - `credential`: the provider refuses our key, or its account is empty. The key is isolated.
 * - `rejected`: our own refusal (breaker open, limit reached, shed); nothing was sent.
 * - `deadline`: the caller's time is up.
 * - `cancelled`: the caller went away.
 */
export type FailureKind =
  | "overloaded"
  | "fault"
  | "caller"
  | "incompatible"
  | "credential"
  | "rejected"
  | "deadline"
  | "cancelled";

/** The stable error codes that callers see; statuses and texts are in the error catalogue of `front/`. */
export type ErrorCode =
  | "invalid_request"
  | "unauthorized"
  | "unknown_model"
  | "unknown_job"
  | "unknown_stream"
  | "payload_too_large"
  | "idempotency_mismatch"
  | "rate_limited"
  | "provider_unusable"
  | "stream_interrupted"
  | "load_shed"
  | "ladder_exhausted"
  | "deadline_exceeded"
  | "not_cached";

/** A response of a provider that is handed to the caller as it is: status, content type and body text. */
export interface PassedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Why one rung of a ladder did not answer. */
export interface RungReason {
  readonly rung: string;
  readonly kind: FailureKind;
  readonly reason: string;
  readonly message: string;
}

/** A failure is a value; layers return it, only the edges turn it into an exception or an HTTP status. */
export interface Failure {
  readonly type: "failure";
  readonly kind: FailureKind;
  /** What happened, as a short stable word: `first-token-timeout`, `http-429`, `connection-refused`. */
  readonly reason: string;
  /** What happened, for people. Never holds a key or a prompt. */
  readonly message: string;
  /** Name of the provider it happened at. */
  readonly provider?: string | undefined;
  /** HTTP status of the provider's answer, where there was one. */
  readonly status?: number | undefined;
  /** How long the provider, or we, ask to wait, in ms. A floor, never a promise. */
  readonly retryAfterMs?: number | undefined;
  /** Content had already been handed on when it happened, so nothing may be retried unseen. */
  readonly committed: boolean;
  /** The connection failed before a byte of the answer came: the same provider may be tried again at once. */
  readonly beforeAnyByte?: boolean | undefined;
  /** The provider's own answer, for a caller's fault. */
  readonly passed?: PassedResponse | undefined;
  /** The concurrency limit that the provider named when it refused, in calls. */
  readonly statedConcurrency?: number | undefined;
  /** The code that the caller sees, where the kind does not decide it. */
  readonly code?: ErrorCode | undefined;
  /** Each rung's reason, when a whole ladder failed; each provider's, when a live group did. */
  readonly rungs?: readonly RungReason[] | undefined;
}

/** Makes a failure; `committed` is false unless said. */
export function failure(
  kind: FailureKind,
  reason: string,
  message: string,
  details: Partial<Omit<Failure, "type" | "kind" | "reason" | "message">> = {},
): Failure {
  return { type: "failure", kind, reason, message, committed: false, ...details };
}

/**
 * The failure that an aborted signal carries. Engine code aborts with a {@link Failure} as the reason; whatever
 * else a caller's own signal carries means that the caller went away.
 */
export function failureOf(signal: AbortSignal): Failure {
  const reason: unknown = signal.reason;
  return isFailure(reason) ? reason : failure("cancelled", "caller-gone", "The caller cancelled the request.");
}

/** Whether a value is a {@link Failure}. */
export function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && (value as { type?: unknown }).type === "failure";
}
