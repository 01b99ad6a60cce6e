import type { AnswerStream } from "./answer-stream.ts";
import type { Failure } from "./failure.ts";
import type { Job } from "./ports/job.ts";
import type { Origin } from "./provenance.ts";

/**
 * An answer whose first content event has arrived (commit). Whoever receives it owns its stream.
 */
export interface Answer {
  readonly type: "answer";
  readonly origin: Origin;
  readonly stream: AnswerStream;
}

/** A ticket: the request was accepted and its answer will come later. */
export interface Accepted {
  readonly type: "accepted";
  /** Identifier of the job. */
  readonly jobId: string;
  /** The job as it stands; a repeated request may find it ended. */
  readonly job?: Job | undefined;
  /** Where it is read, by whoever has this: a path with a signature. Absent where links are not signed. */
  readonly link?: string | undefined;
  /** When its answer is to be expected, in ms since the Unix epoch; absent while nothing is known of it. */
  readonly estimatedCompletionAt?: number | undefined;
}

/** What a service makes of a call. Never an exception. */
export type Outcome = Answer | Accepted | Failure;
