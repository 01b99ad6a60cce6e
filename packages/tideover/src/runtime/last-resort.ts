import type { ResolvedRoute, ResolvedRung, RungRule } from "../config/resolved-config.ts";
import {
  type AnswerEvent,
  type ComposeAnswer,
  type EngineEnvironment,
  handler,
  type JsonObject,
  type Rule,
  type Rung,
  rules,
  template,
} from "../engine/index.ts";
import { eventFrom, textAnswerEvents } from "../wire/index.ts";
import { needed } from "./features.ts";
import type { RouteParts } from "./route-parts.ts";

/** The rungs that answer without a provider. */
export function lastResort(
  rung: Exclude<ResolvedRung, { kind: "provider" | "ticket" | "stale" | "similar" }>,
  route: ResolvedRoute,
  parts: RouteParts,
): Rung {
  const composeText = composeAnswer(parts.environment);
  switch (rung.kind) {
    case "rules":
      return {
        name: "rules",
        slow: false,
        service: rules(
          rung.rules.map((rule) => bindRule(rule, parts)),
          composeText,
        ),
      };
    case "template":
      if (rung.review && parts.inbox !== undefined) {
        return needed(parts.features, "review").reviewedTemplate(rung, route, parts, parts.inbox, composeText);
      }
      return { name: "template", slow: false, service: template(rung.text, composeText) };
    case "handler":
      return {
        name: rung.name,
        slow: true,
        service: handler(rung.handler, composeText, wholeAnswer),
      };
  }
}

/** What a function gave as a whole answer: a completion has choices, embeddings have data. */
function wholeAnswer(answer: JsonObject): AnswerEvent | undefined {
  const { choices, data } = answer;
  const isAnswer = (Array.isArray(choices) && choices.length > 0) || Array.isArray(data);
  return isAnswer ? eventFrom(answer, true) : undefined;
}

function bindRule({ when, answer }: RungRule, { compileCondition }: RouteParts): Rule {
  if (typeof when === "function") return { name: when.name || "function", answer, matches: when };
  return { name: when, answer, matches: compileCondition(when) };
}

/** A text in the form that the call asked for. */
function composeAnswer({ clock }: EngineEnvironment): ComposeAnswer {
  return (call, text, operation) =>
    textAnswerEvents({
      id: `tideover-${call.id}`,
      created: Math.floor(clock.wallTime() / 1_000),
      model: call.request.model,
      text,
      stream: call.request.stream,
      operation,
    });
}
