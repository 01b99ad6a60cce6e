import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice } from "./chat-event.ts";

/** Most choices that one answer may have. OpenAI allows 128; more than this is a broken or hostile provider. */
export const MAX_CHOICES = 1024;

/** Which choices of a streamed answer have been seen, and which of them are finished. */
export class ChoiceLedger {
  readonly #expected: number;
  /** By index: whether the choice is finished. */
  readonly #choices = new Map<number, boolean>();
  #finished = 0;

  /** @param expected how many choices were asked for (`n`). */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Every choice that was asked for or seen is finished. */
  get complete(): boolean {
    return this.#finished > 0 && this.#finished === this.#choices.size && this.#finished >= this.#expected;
  }

  /** At least one choice has a finish reason: this provider sends them. */
  get anyFinished(): boolean {
    return this.#finished > 0;
  }

  /** The answer has more than {@link MAX_CHOICES} choices; those above are not followed. */
  get tooMany(): boolean {
    return this.#choices.size > MAX_CHOICES;
  }

  /**
   * Takes note of a chunk's choices.
   * @returns the finish reason when this chunk ends the last open choice.
   */
  note(json: JsonObject): string | undefined {
    if (!Array.isArray(json.choices)) return undefined;
    let last: string | undefined;
    for (const [position, choice] of (json.choices as readonly Json[]).entries()) {
      if (!isJsonObject(choice) || this.tooMany) continue;
      const index = typeof choice.index === "number" ? choice.index : position;
      const reason = finishReasonOfChoice(choice);
      if (reason === undefined) {
        if (!this.#choices.has(index)) this.#choices.set(index, false);
        continue;
      }
      if (this.#choices.get(index) !== true) this.#finished++;
      this.#choices.set(index, true);
      last = reason;
    }
    return last !== undefined && this.complete ? last : undefined;
  }
}
