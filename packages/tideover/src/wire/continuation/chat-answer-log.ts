import type { AnswerEvent } from "../../engine/answer-stream.ts";
import type { CallRequest } from "../../engine/call.ts";
import { EventLog } from "../../engine/event-log.ts";
import type { AnswerLog, ContinuationPlan } from "../../engine/ports/continuation.ts";
import { MAX_ANSWER_TEXT_LENGTH } from "../chat/answer-text.ts";
import { ContinuationPlanner, type RequestWriting } from "./continuation-planner.ts";
import type { BrokenRequest } from "./read-request.ts";
import { refuse } from "./refuse.ts";
import { shownAnswer } from "./shown-answer.ts";

/**
 * Follows one chat answer of one choice, and plans the rest of it when it breaks. Until then its events are only held:
 * most answers do not break.
 */
export class ChatAnswerLog implements AnswerLog {
  readonly #request: CallRequest;
  readonly #broken: BrokenRequest;
  readonly #writing: RequestWriting;
  readonly #log = new EventLog();
  #usage: AnswerEvent["usage"];
  #finished = false;
  #truncated = false;

  constructor(request: CallRequest, broken: BrokenRequest, writing: RequestWriting) {
    this.#request = request;
    this.#broken = broken;
    this.#writing = writing;
  }

  note(event: AnswerEvent): void {
    if (event.finishReason !== undefined) this.#finished = true;
    this.#usage = event.usage ?? this.#usage;
    if (this.#log.held < MAX_ANSWER_TEXT_LENGTH) this.#log.add(event);
    else this.#truncated = true;
  }

  plan(): ContinuationPlan {
    if (this.#finished) return refuse("The answer was finished when it broke.");
    if (this.#truncated) return refuse("The answer is longer than what is kept of it.");
    const shown = shownAnswer(this.#log.texts(), this.#usage);
    return new ContinuationPlanner(this.#request, this.#broken, this.#writing, shown).plan();
  }
}
