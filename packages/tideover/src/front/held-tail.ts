import type { AnswerEvent } from "../engine/index.ts";

/** After a finish come a usage chunk and perhaps a stray empty one; whoever sends more has not finished. */
const MOST_HELD_EVENTS = 16;

/**
 * Holds back the end of a stream (the finish, the usage) until it is known how the stream ended: the last chunk
 * carries the provenance, and a finish must not go out for an answer that is then cut. Content is never held, but for
 * what a provider puts into the finish chunk itself.
 */
export class HeldTail {
  #held: AnswerEvent[] = [];

  /** Nothing is held back: what comes next is not behind anything. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Takes the next event. @returns the events that may go out now, in order. */
  push(event: AnswerEvent): readonly AnswerEvent[] {
    if (event.substance !== "none" && event.finishReason === undefined) return [...this.release(), event];
    if (this.#held.length === 0 && event.finishReason === undefined && event.usage === undefined) return [event];
    this.#held.push(event);
    return this.#held.length > MOST_HELD_EVENTS ? this.#held.splice(0, 1) : [];
  }

  /** Gives up what is held, in order. */
  release(): AnswerEvent[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
