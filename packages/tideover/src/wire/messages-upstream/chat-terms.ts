import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";

/** Why a message ended, in chat's words. A reason that is not known reads as an ordinary end. */
export function finishReasonOf(stopReason: Json | undefined): string {
  switch (stopReason) {
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "tool_use":
      return "tool_calls";
    case "refusal":
      return "content_filter";
    default:
      return "stop";
  }
}

/**
 * Token counts in chat's form, where `prompt_tokens` holds everything that was read, from the prefix cache too.
 * @param usages of `message_start` and `message_delta`: what the later one says counts
 */
export function chatUsageOf(...usages: readonly (Json | undefined)[]): JsonObject | undefined {
  const known = usages.filter(isJsonObject);
  if (known.length === 0) return undefined;
  const count = (name: string): number => {
    const last = known.findLast((usage) => typeof usage[name] === "number");
    const value = last?.[name];
    return typeof value === "number" ? value : 0;
  };
  const cached = count("cache_read_input_tokens");
  const prompt = count("input_tokens") + count("cache_creation_input_tokens") + cached;
  const completion = count("output_tokens");
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
  };
}
