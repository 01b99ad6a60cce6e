import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { readUsage, usageObject } from "../chat/chat-event.ts";

/** A chat answer's token counts in the form of the Responses API; null where the provider has not counted. */
export function responseUsage(answer: JsonObject): Json {
  const usage = readUsage(answer);
  if (usage === undefined) return null;
  const { promptTokens, completionTokens, cachedPromptTokens = 0 } = usage;
  const details = usageObject(answer)?.completion_tokens_details;
  const reasoning = isJsonObject(details) ? details.reasoning_tokens : undefined;
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedPromptTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: typeof reasoning === "number" ? reasoning : 0 },
    total_tokens: promptTokens + completionTokens,
  };
}
