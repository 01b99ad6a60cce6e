import { type CallerError, callerError } from "./errors.ts";
import type { HttpRequest } from "./http.ts";

/** Longest key that is taken, in characters; Stripe's bound. */
const MOST_LENGTH = 255;

/** The caller's `Idempotency-Key`, undefined where it sends none, or the error of one that cannot be used. */
export function idempotencyKey(request: HttpRequest): string | CallerError | undefined {
  const key = request.header("idempotency-key")?.trim();
  if (key === undefined) return undefined;
  if (key.length > 0 && key.length <= MOST_LENGTH && /^[\x21-\x7e]+$/.test(key)) return key;
  return callerError(
    "invalid_request",
    `The header Idempotency-Key must be 1 to ${MOST_LENGTH} printable ASCII characters without spaces, such as a UUID.`,
    { param: "Idempotency-Key" },
  );
}
