import { type CallerError, callerError } from "../errors.ts";

/** The error where no stream outlives its connection: in an application's own Tideover, say. */
export function noStreamsHere(): CallerError {
  return callerError("unknown_stream", "This Tideover keeps no streams: those of a gateway can be resumed.");
}
