import { failure } from "../failure.ts";
import type { JsonObject } from "../json.ts";
import type { Service } from "../service.ts";
import { type ComposeAnswer, metadataOf, rungFailure, textAnswer, unfitText } from "./text-answer.ts";

/** What a rule's condition may look at. */
export interface RuleFacts {
  readonly metadata: JsonObject;
  readonly model: string;
  /** The whole request body. */
  readonly request: JsonObject;
}

/**
 * One rule: when the condition holds, this is the answer. The expression language behind a condition is bound from
 * outside (the gateway binds CEL); an SDK passes functions.
 */
export interface Rule {
  /** The condition as written, for messages. */
  readonly name: string;
  /** May throw: that fails the rung, and says why. */
  matches(facts: RuleFacts): boolean;
  readonly answer: string;
}

/** Answers with the first rule whose condition holds. */
export function rules(list: readonly Rule[], compose: ComposeAnswer): Service {
  return (call) => {
    const facts: RuleFacts = { metadata: metadataOf(call), model: call.request.model, request: call.request.body };
    for (const rule of list) {
      const verdict = evaluate(rule, facts);
      if (typeof verdict === "string") return Promise.resolve(failure("fault", "rule-failed", verdict));
      if (verdict)
        return Promise.resolve(unfitText(call, rule.answer) ?? textAnswer(call, "rules", rule.answer, compose));
    }
    return Promise.resolve(rungFailure("no-rule-matched", "No rule matches this request."));
  };
}

/** Whether a rule holds, or why that could not be found out: a missing field is no match for certain. */
function evaluate(rule: Rule, facts: RuleFacts): boolean | string {
  try {
    return rule.matches(facts);
  } catch (error) {
    // The lines below the first show the place in the condition, which stands before it as it is.
    const [said] = (error instanceof Error ? error.message : String(error)).split("\n");
    return `The rule "${rule.name}" could not be evaluated: ${said}`;
  }
}
