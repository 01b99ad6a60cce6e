/** The errors that are the caller's own doing: they say nothing of how well Tideover answers. */
export const CALLERS_OWN_CODES: ReadonlySet<string> = new Set([
  "invalid_request",
  "unauthorized",
  "unknown_model",
  "unknown_job",
  "unknown_stream",
  "rate_limited",
  "payload_too_large",
  "idempotency_mismatch",
  "not_cached",
]);
