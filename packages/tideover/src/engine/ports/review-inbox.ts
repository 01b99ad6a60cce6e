import type { CallRequest } from "../call.ts";
import type { RungName } from "../provenance.ts";

/** A degraded answer that a person is to look at: plain data, which can be sent to another process. */
export interface DegradedAnswer {
  /** Whose request it was. */
  readonly tenant: string;
  readonly request: CallRequest;
  /** Name of the route. */
  readonly route: string;
  readonly rung: RungName;
  /** Under what a better answer to the same request of the same tenant is stored. */
  readonly key: string;
  /** What the caller is given. */
  readonly text: string;
}

/**
 * Where degraded answers wait for people. It is told on the request's path: every method returns at once, never throws,
 * and may forget what it has no room for.
 */
export interface ReviewInbox {
  /** A degraded answer is being given. */
  offer(answer: DegradedAnswer): void;
  /** A job was opened beside the answer to a request with this key: whoever decides on the answer completes it. */
  ticketOpened(key: string, jobId: string): void;
  /** A live answer was stored under this key: nothing is left to decide. */
  answerStored(key: string): void;
}
