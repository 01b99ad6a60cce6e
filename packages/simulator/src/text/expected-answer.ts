import type { JsonObject } from "tideover/engine";
import { DEFAULT_TEXT_RULES, planChat, planCompletion, type TextRules } from "./plan-answer.ts";
import { countTokens, type FinishReason } from "./planned-answer.ts";

/** The whole of a good answer to a request. */
export interface ExpectedAnswer {
  readonly content: string;
  /** Absent when the model does not think. */
  readonly reasoning?: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finishReason: FinishReason;
  /** Tokens of all three. */
  readonly tokens: number;
}

/**
 * What a healthy simulated provider answers to this body: for tests, to compare with what arrived.
 * A chat body whose last message is a prefix gives the rest of its answer.
 * @param choice which choice, for `n` above 1.
 */
export function expectedAnswer(body: JsonObject, rules: Partial<TextRules> = {}, choice = 0): ExpectedAnswer {
  const allRules = { ...DEFAULT_TEXT_RULES, ...rules };
  const plan = body.messages === undefined ? planCompletion(body, allRules) : planChat(body, true, allRules);
  const planned = plan.choices[choice];
  if (planned === undefined) {
    throw new RangeError(`The request asks for ${plan.choices.length} choice(s); there is no choice ${choice}.`);
  }
  const toolCalls = planned.toolCalls.map((call) => ({
    id: call.id,
    name: call.name,
    arguments: call.argumentTokens.join(""),
  }));
  return {
    content: planned.content.join(""),
    ...(planned.reasoning === undefined ? {} : { reasoning: planned.reasoning.join("") }),
    toolCalls,
    finishReason: planned.finishReason,
    tokens: countTokens(planned),
  };
}
