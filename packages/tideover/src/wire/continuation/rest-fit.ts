import type { AnswerEvent } from "../../engine/answer-stream.ts";
import type { JsonObject } from "../../engine/json.ts";
import type { Fit, FitStep } from "../../engine/ports/continuation.ts";
import { eventFrom, finishReasonOfChoice } from "../chat/chat-event.ts";
import { unfold } from "../chat/unfold.ts";
import {
  choiceOf,
  deltaOf,
  holdsMoreThanText,
  reasoningMember,
  saysAnything,
  textOf,
  withDelta,
  withIdentity,
  withoutPreamble,
} from "./chunk.ts";
import type { HeadMatch } from "./head-match.ts";
import type { InstructedMatch } from "./instructed-match.ts";
import { type JoinedTokens, withJoinedUsage } from "./join-usage.ts";

/** What a {@link RestFit} is made from. */
export interface RestFitOptions {
  readonly mode: string;
  /** In which text the answer broke. */
  readonly channel: "content" | "reasoning";
  readonly match: HeadMatch | InstructedMatch;
  /** What does not match follows as it is instead of being refused. */
  readonly lenient: boolean;
  /** The members of the first part that say which answer it is. */
  readonly identity: JsonObject;
  /** The member in which the first part had its reasoning. */
  readonly reasoningName: string;
  readonly tokens: Omit<JoinedTokens, "dropped" | "droppedReasoning">;
}

const MISMATCH: FitStep = { type: "mismatch", why: "The answer does not go on from what was shown." };
const NOTHING: FitStep = { type: "events", events: [] };

/**
 * Fits the chunks of an answer's rest to its first part: what was shown already is taken off the head, and what is
 * left becomes part of the first answer: its identity, no second role, usage of both parts.
 *
 * When the text had begun, reasoning that is opened again is left out.
 */
export class RestFit implements Fit {
  readonly mode: string;
  readonly #options: RestFitOptions;
  #aligned = false;
  /** What came before the place was found, kept where it may have to be passed on after all. */
  #held: JsonObject[] = [];
  #dropped = 0;
  #droppedReasoning = 0;

  constructor(options: RestFitOptions) {
    this.mode = options.mode;
    this.#options = options;
  }

  get aligned(): boolean {
    return this.#aligned;
  }

  push(events: readonly AnswerEvent[]): FitStep {
    const given: AnswerEvent[] = [];
    for (const event of events.flatMap((one) => (one.whole ? unfold(one.json, "chat") : [one]))) {
      const step = this.#aligned ? this.#pass(event.json) : this.#seek(event.json);
      if (step.type === "mismatch") return step;
      given.push(...step.events);
    }
    return given.length === 0 ? NOTHING : { type: "events", events: given };
  }

  end(): FitStep {
    if (this.#aligned) return NOTHING;
    const { match } = this.#options;
    const last = "end" in match ? match.end() : "mismatch";
    if (typeof last !== "object") return this.#unmatched();
    this.#aligned = true;
    const delta = { content: last.rest };
    return this.#pass({ object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: null }] });
  }

  /** Looks for the place where the rest goes on. */
  #seek(chunk: JsonObject): FitStep {
    const choice = choiceOf(chunk);
    if (choice === undefined) return NOTHING;
    const delta = deltaOf(choice);
    const { channel, match, lenient } = this.#options;
    const name = channel === "content" ? "content" : reasoningMember(delta);
    const text = name === undefined ? "" : textOf(delta[name]);
    if (lenient) this.#held.push(chunk);
    const elsewhere = channel === "reasoning" && textOf(delta.content) !== "" && text === "";
    if (elsewhere || holdsMoreThanText(delta)) return this.#unmatched();
    const step = match.push(text);
    if (step === "mismatch") return this.#unmatched();
    if (step !== "more" && name !== undefined) {
      this.#aligned = true;
      if (step.rest === "") this.#drop(delta);
      return this.#pass(withDelta(chunk, choice, { ...delta, [name]: step.rest }));
    }
    // A finish here ends a text that never got as far as what was shown, or an instructed one that may be short.
    if (finishReasonOfChoice(choice) !== undefined) return this.#finishedEarly(chunk, choice, delta);
    this.#drop(delta);
    return NOTHING;
  }

  #finishedEarly(chunk: JsonObject, choice: JsonObject, delta: JsonObject): FitStep {
    const step = this.end();
    if (step.type === "mismatch" || this.#options.lenient) return step;
    const finish = this.#pass(withDelta(chunk, choice, { ...delta, content: "" }));
    return finish.type === "mismatch" ? finish : { type: "events", events: [...step.events, ...finish.events] };
  }

  #unmatched(): FitStep {
    if (!this.#options.lenient) return MISMATCH;
    this.#aligned = true;
    this.#dropped = 0;
    this.#droppedReasoning = 0;
    const held = this.#held;
    this.#held = [];
    const events: AnswerEvent[] = [];
    for (const chunk of held) {
      const step = this.#pass(chunk);
      if (step.type === "events") events.push(...step.events);
    }
    return { type: "events", events };
  }

  #pass(chunk: JsonObject): FitStep {
    const { identity, channel, tokens } = this.#options;
    let fitted = withIdentity(chunk, identity);
    const choice = choiceOf(fitted);
    if (choice !== undefined) {
      const delta = deltaOf(choice);
      const again = channel === "content" && reasoningMember(delta) !== undefined;
      if (again && textOf(delta.content) === "") this.#drop(delta);
      fitted = withDelta(fitted, choice, this.#named(withoutPreamble(delta, again)));
    }
    const joined = { ...tokens, dropped: this.#dropped, droppedReasoning: this.#droppedReasoning };
    fitted = withJoinedUsage(fitted, joined);
    return saysAnything(fitted) ? { type: "events", events: [eventFrom(fitted, false)] } : NOTHING;
  }

  /** Reasoning goes on under the name under which it began. */
  #named(delta: JsonObject): JsonObject {
    const name = reasoningMember(delta);
    const { reasoningName } = this.#options;
    if (name === undefined || name === reasoningName) return delta;
    const { [name]: text, ...others } = delta;
    return { ...others, [reasoningName]: text };
  }

  /** Counts a piece that the reader does not see, for the usage. */
  #drop(delta: JsonObject): void {
    if (reasoningMember(delta) !== undefined) this.#droppedReasoning++;
    else if (textOf(delta.content) === "") return;
    this.#dropped++;
  }
}
