import type { AnswerEvent, Usage } from "../../engine/answer-stream.ts";
import type { Operation } from "../../engine/call.ts";
import type { JsonObject } from "../../engine/json.ts";
import { eventFrom } from "./chat-event.ts";
import { unfold } from "./unfold.ts";

/** An operation whose answer is a text. */
export type TextOperation = Exclude<Operation, "embeddings">;

/** A text that is to be given as an answer. */
export interface TextAnswer {
  /** The answer's identifier, as callers see it. */
  readonly id: string;
  /** When it was made, in whole seconds since the Unix epoch. */
  readonly created: number;
  /** The model that the answer names. */
  readonly model: string;
  readonly text: string;
  /** Chunks of a stream rather than one document. */
  readonly stream: boolean;
  readonly operation: TextOperation;
  readonly usage?: Usage | undefined;
}

/** The events of an answer that no model wrote (a template's, a rule's, a function's): finished with `stop`. */
export function textAnswerEvents(answer: TextAnswer): AnswerEvent[] {
  const whole = wholeAnswer(answer);
  return answer.stream ? unfold(whole, answer.operation) : [eventFrom(whole, true)];
}

function wholeAnswer({ id, created, model, text, operation, usage }: TextAnswer): JsonObject {
  const counted = usage === undefined ? {} : { usage: usageJson(usage) };
  const end = { logprobs: null, finish_reason: "stop" };
  if (operation === "chat") {
    const choice = { index: 0, message: { role: "assistant", content: text }, ...end };
    return { id, object: "chat.completion", created, model, choices: [choice], ...counted };
  }
  return { id, object: "text_completion", created, model, choices: [{ index: 0, text, ...end }], ...counted };
}

function usageJson({ promptTokens, completionTokens }: Usage): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
