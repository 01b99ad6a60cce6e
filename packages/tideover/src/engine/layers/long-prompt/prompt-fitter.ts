import type { AnswerEvent } from "../../answer-stream.ts";
import type { Call, CallRequest } from "../../call.ts";

/** A request of which something was left out, or summed up. */
export interface FittedRequest {
  readonly request: CallRequest;
  /** Messages that are left out. */
  readonly droppedMessages: number;
  /** Messages that a summary stands for, wholly or in part. */
  readonly summarisedMessages: number;
}

/** How a conversation is to be summed up. */
export interface SummaryPlan {
  /** What is asked, in this order: one request for each piece of the text. */
  readonly pieces: readonly CallRequest[];
  /**
   * The conversation with the summaries in the places of what they stand for.
   * @param summaries as many as there are pieces, in their order
   * @returns undefined when it is too long even so
   */
  withSummaries(summaries: readonly string[]): FittedRequest | undefined;
}

/**
 * What the layer must know of a provider's prompts. Sizes are in tokens, and estimates: only the provider knows.
 */
export interface PromptFitter {
  /** Room for a prompt beside its answer; undefined: not known, or nothing of this request can be left out. */
  roomFor(call: Call): number | undefined;
  sizeOf(request: CallRequest): number;
  /** The request without its oldest turns; undefined when that does not make it fit. */
  shorten(request: CallRequest, room: number): FittedRequest | undefined;
  /** As short as it can be made so; undefined when nothing can be left out. */
  shortest(request: CallRequest): FittedRequest | undefined;
  /**
   * How the request could be summed up; undefined when it cannot. Absent: the route wants no summaries.
   * @param part of the usual size of a piece: below 1 where the provider counted more than was estimated
   */
  summarise?(request: CallRequest, room: number, part: number): SummaryPlan | undefined;
  /** The words of an answer, without its reasoning. */
  textOf(events: readonly AnswerEvent[]): string;
}
