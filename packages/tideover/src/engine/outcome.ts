import type { AnswerStream } from "./answer-stream.ts";
import type { Failure } from "./failure.ts";
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
}

/** What a service makes of a call. Never an exception. */
export type Outcome = Answer | Accepted | Failure;
