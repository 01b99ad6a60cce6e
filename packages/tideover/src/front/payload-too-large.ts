import { type CallerError, callerError } from "./errors.ts";

/**
 * The error for a body over the limit, for the front and for servers that stop reading before.
 * @param setting that says the limit, where one does
 */
export function payloadTooLarge(limitBytes: number, setting?: string): CallerError {
  const by = setting === undefined ? "" : ` (${setting})`;
  return callerError("payload_too_large", `The request's body is larger than ${limitBytes} bytes${by}.`);
}

/** The same, for all that `server.limits.body` bounds. */
export function bodyTooLarge(limitBytes: number): CallerError {
  return payloadTooLarge(limitBytes, "server.limits.body");
}
