import type { AnswerEvent } from "../../answer-stream.ts";
import { EventLog } from "../../event-log.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";

/**
 * The beginning of an answer, which everybody has read, for those who join late. Nearly every answer has no such, so it
 * is held as little as can be: of what only adds to the answer the text, in a log; what says how it ends, and documents,
 * as they are. The events themselves would keep alive all that arrived together with them, of other streams as well.
 */
export class ToldEvents {
  readonly #parts: (EventLog | AnswerEvent)[] = [];
  #count = 0;

  /** How many events there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds what follows. */
  add(event: AnswerEvent): void {
    this.#count++;
    const { substance, whole, finishReason, usage } = event;
    if (substance === "none" || whole || finishReason !== undefined || usage !== undefined) {
      this.#parts.push(event);
      return;
    }
    const last = this.#parts.at(-1);
    if (last instanceof EventLog) last.add(event);
    else this.#parts.push(EventLog.of([event]));
  }

  /** All of them, in order; undefined when a text cannot be read again. */
  events(form: Pick<AnswerForm, "read">): AnswerEvent[] | undefined {
    const events: AnswerEvent[] = [];
    for (const part of this.#parts) {
      if (!(part instanceof EventLog)) {
        events.push(part);
        continue;
      }
      for (const text of part.texts()) {
        const event = form.read(text);
        if (event === undefined) return undefined;
        events.push(event);
      }
    }
    return events;
  }
}
