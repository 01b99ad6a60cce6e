import { type CallerError, callerError } from "./errors.ts";

/** The error for a body over the limit, for the front and for servers that stop reading before. */
export function payloadTooLarge(limitBytes: number): CallerError {
  const mebibytes = Math.round((limitBytes / (1024 * 1024)) * 100) / 100;
  return callerError("payload_too_large", `The request body is larger than ${mebibytes} MiB (${limitBytes} bytes).`);
}
