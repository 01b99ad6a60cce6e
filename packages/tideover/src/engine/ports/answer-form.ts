import type { AnswerEvent } from "../answer-stream.ts";
import type { Operation } from "../call.ts";

/** What knows the form of answers, so that stored texts become events again. Bound by the wire. */
export interface AnswerForm {
  /** The event that a JSON text holds; undefined for a text that holds none. */
  read(text: string): AnswerEvent | undefined;
  /** The events of a whole answer as one document, for a caller who wants no stream. */
  fold(events: readonly AnswerEvent[], operation: Operation): AnswerEvent;
  /** Whether every choice of an answer ended in one of these ways, and no tool was called unless that is one of them. */
  endedAs(events: readonly AnswerEvent[], reasons: ReadonlySet<string>): boolean;
}
