import type { Failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";

/**
 * How much of an answer an event carries.
 * - `none`: a role preamble, an empty delta, usage, a finish.
 * - `blank`: only white space. It is held back and does not commit.
 * - `content`: answer substance (text, reasoning, refusal, tool or function call).
 */
export type Substance = "none" | "blank" | "content";

/** Token counts as the provider reports them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/**
 * One event of an answer: a chunk of a stream, or a whole answer in one document.
 * It is a chat-completion (or completion, or embedding) object of the OpenAI form, whatever the provider speaks.
 */
export interface AnswerEvent {
  /** The JSON text, exactly as it arrived while no layer changed it. */
  readonly data: string;
  /** The parsed text. Implementations may parse on first use. */
  readonly json: JsonObject;
  /** True for a whole answer in one document, false for a chunk of a stream. */
  readonly whole: boolean;
  readonly substance: Substance;
  /** The finish reason, on the event that ends the (last open) choice. */
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
}

/** The events that arrived together, in order; never empty. One socket read gives one batch at most. */
export interface Batch {
  readonly type: "batch";
  readonly events: readonly AnswerEvent[];
}

/** The end of an answer: whole when there is no failure. */
export interface Ending {
  readonly type: "ending";
  /** Absent: the answer is whole. Present: it was cut, and by what. */
  readonly failure?: Failure | undefined;
}

/** The ending of a whole answer. */
export const WHOLE: Ending = { type: "ending" };

/**
 * An answer's events, pulled in batches (decision 0001).
 *
 * Whoever holds it either reads it to its ending or cancels it; both release everything below exactly once.
 */
export interface AnswerStream {
  /**
   * The next batch, or the ending. Never rejects. At most one read is pending at a time; after an ending every
   * read gives the same ending. No read pending means that the reader is slow: nothing below counts that as a stall.
   */
  read(): Promise<Batch | Ending>;
  /** The reader needs no more. Settles a pending read with an ending of that failure. Idempotent; after an ending, nothing. */
  cancel(reason: Failure): void;
}

/** A stream over events that are already there. */
export function streamOf(events: readonly AnswerEvent[], ending: Ending = WHOLE): AnswerStream {
  let batch: Batch | undefined = events.length > 0 ? { type: "batch", events } : undefined;
  let last = ending;
  return {
    read() {
      const next = batch ?? last;
      batch = undefined;
      return Promise.resolve(next);
    },
    cancel(reason) {
      if (batch === undefined) return;
      batch = undefined;
      last = { type: "ending", failure: reason };
    },
  };
}

/**
 * The same stream, with `settle` called exactly once: with the ending that was read, or with the reason of a cancel.
 */
export function onEnding(stream: AnswerStream, settle: (ending: Ending) => void): AnswerStream {
  let settled = false;
  const settleOnce = (ending: Ending) => {
    if (settled) return;
    settled = true;
    settle(ending);
  };
  return {
    async read() {
      const next = await stream.read();
      if (next.type === "ending") settleOnce(next);
      return next;
    },
    cancel(reason) {
      stream.cancel(reason);
      settleOnce({ type: "ending", failure: reason });
    },
  };
}
