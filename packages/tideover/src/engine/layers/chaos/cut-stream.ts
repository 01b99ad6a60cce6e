import type { AnswerEvent, AnswerStream, Batch, Ending } from "../../answer-stream.ts";
import { type Failure, failure } from "../../failure.ts";

/** A stream that breaks after so many content events. One that has finished by then is left as it is. */
export class CutStream implements AnswerStream {
  readonly #inner: AnswerStream;
  readonly #onCut: () => void;
  #left: number;
  #finished = false;
  #ending: Ending | undefined;

  constructor(inner: AnswerStream, afterContentEvents: number, onCut: () => void) {
    this.#inner = inner;
    this.#left = afterContentEvents;
    this.#onCut = onCut;
  }

  async read(): Promise<Batch | Ending> {
    if (this.#ending !== undefined) return this.#ending;
    if (this.#left === 0 && !this.#finished) return this.#cut();
    const next = await this.#inner.read();
    if (next.type === "ending") return next;
    const events = this.#untilCut(next.events);
    return events.length > 0 ? { type: "batch", events } : this.#cut();
  }

  cancel(reason: Failure): void {
    this.#inner.cancel(reason);
  }

  #untilCut(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
    for (const [index, event] of events.entries()) {
      if (this.#finished) break;
      // A whole answer in one document has no middle.
      if (event.whole) return events.slice(0, index);
      if (event.substance === "content") this.#left--;
      if (event.finishReason !== undefined) this.#finished = true;
      else if (this.#left === 0) return events.slice(0, index + 1);
    }
    return events;
  }

  #cut(): Ending {
    const broken = failure("fault", "chaos-cut", "The answer was cut on purpose.");
    this.#inner.cancel(broken);
    this.#ending = { type: "ending", failure: broken };
    this.#onCut();
    return this.#ending;
  }
}
