import type { Usage } from "../../engine/answer-stream.ts";
import type { JsonObject } from "../../engine/json.ts";

/**
 * Token counts in the form of the Messages API, where `input_tokens` leaves out what came from the provider's prefix
 * cache. Zero where the provider has not counted (yet).
 */
export function messagesUsage(usage: Usage | undefined): JsonObject {
  const cached = usage?.cachedPromptTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage?.promptTokens ?? 0) - cached),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: usage?.completionTokens ?? 0,
  };
}
