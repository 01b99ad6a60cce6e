import { type CallerError, callerError } from "./errors.ts";

/** The error where no route gives tickets. */
export function noJobsHere(): CallerError {
  return callerError("unknown_job", "This gateway keeps no jobs: no route has the rung `ticket` on its ladder.");
}

/** The error where no files and batches are kept. */
export function noBatchesHere(): CallerError {
  return callerError(
    "invalid_request",
    "This gateway keeps no files and batches: no route has the rung `ticket` on its ladder.",
    { status: 404 },
  );
}

/** The error where no stream outlives its connection: in an application's own Tideover, say. */
export function noStreamsHere(): CallerError {
  return callerError("unknown_stream", "This Tideover keeps no streams: those of a gateway can be resumed.");
}

/** The error where nobody knows how things are: an SDK's own handler, say. */
export function noStatusHere(): CallerError {
  return callerError("invalid_request", "This Tideover does not tell its status.", { status: 404 });
}
