import type { AnswerEvent } from "../../engine/answer-stream.ts";
import { isJsonObject } from "../../engine/json.ts";

/**
 * Removes the trailing chunk (`choices: []` with `usage`) that a provider sends because we asked it to count, for a
 * caller who did not ask. Usage on a finish chunk, which DeepSeek sends unasked, is left where it is: only what our
 * own request caused must not show.
 * @returns undefined when the event is such a chunk, else the same event.
 */
export function hideInjectedUsage(event: AnswerEvent): AnswerEvent | undefined {
  const { choices, usage } = event.json;
  const onlyUsage = !event.whole && Array.isArray(choices) && choices.length === 0 && isJsonObject(usage);
  return onlyUsage ? undefined : event;
}
