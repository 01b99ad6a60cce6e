import { countTokens, limitTokens, type PlannedChoice } from "../text/planned-answer.ts";
import type { AnswerShape } from "./fault-effect.ts";

/** The choices of an answer after what a fault does to their text and to their finish. */
export function shapeChoices(choices: readonly PlannedChoice[], shape: AnswerShape): readonly PlannedChoice[] {
  const { text, finish } = shape;
  if (text === "none") return choices.map((choice) => onlyContent(choice, []));
  if (typeof text === "object") return choices.map((choice) => onlyContent(choice, Array(text.spaces).fill(" ")));
  if (finish === undefined) return choices;
  return choices.map((choice) => {
    if (countTokens(choice) > finish.afterTokens) return limitTokens(choice, finish.afterTokens, finish.reason);
    return { ...choice, finishReason: finish.reason };
  });
}

function onlyContent(choice: PlannedChoice, content: readonly string[]): PlannedChoice {
  return { reasoning: choice.reasoning && [], content, toolCalls: [], finishReason: "stop" };
}
