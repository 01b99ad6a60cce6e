import type { AnswerEvent } from "../answer-stream.ts";
import type { CallRequest } from "../call.ts";

/**
 * What knows the form of answers, so that the engine can finish one that broke: it follows what was shown, writes the
 * request for the rest, and fits the rest to what was shown.
 */
export interface AnswerContinuation {
  /**
   * Begins to follow the answer to a request.
   * @returns undefined when no answer to such a request can ever be continued; nothing is kept of it then.
   */
  follow(request: CallRequest): AnswerLog | undefined;
}

/** What one answer has shown so far. Bounded: an answer that outgrows it is not continued. */
export interface AnswerLog {
  /** Takes note of an event that goes to the reader, in order. */
  note(event: AnswerEvent): void;
  /** How the answer, broken where it is now, can be finished. */
  plan(): ContinuationPlan;
}

/** How a broken answer can be finished. */
export type ContinuationPlan =
  | {
      readonly type: "ask";
      /** Asks for the rest; its `continuation` says what a provider may make of it. */
      readonly request: CallRequest;
      /** Position of the break in the answer's text, in UTF-16 units. */
      readonly at: number;
      /** @param mode how the provider was asked, as `Origin.continuation` says. */
      fit(mode: string | undefined): Fit;
    }
  /** Nothing is missing but the end, which these events are. */
  | { readonly type: "finish"; readonly events: readonly AnswerEvent[] }
  | { readonly type: "refuse"; readonly why: string };

/** Fits the rest of an answer to what was shown of it. */
export interface Fit {
  /** How the two parts were joined, for the seam. */
  readonly mode: string;
  /** The place where the rest goes on has been found, or needs no finding. */
  readonly aligned: boolean;
  /** Takes the next events of the rest; gives those that the reader is to see, which may be none. */
  push(events: readonly AnswerEvent[]): FitStep;
  /** The rest has ended as a whole answer does. */
  end(): FitStep;
}

/** What became of some events of the rest. */
export type FitStep =
  | { readonly type: "events"; readonly events: readonly AnswerEvent[] }
  /** This is not the rest of what was shown. */
  | { readonly type: "mismatch"; readonly why: string };
