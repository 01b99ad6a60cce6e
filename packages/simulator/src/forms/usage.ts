import type { PromptTokens } from "../model/prefix-cache.ts";
import { countTokens, type PlannedChoice } from "../text/planned-answer.ts";

/** The usage object of a chat answer or a completion, as JSON text, with DeepSeek's cache fields. */
export function usageJson(prompt: PromptTokens, choices: readonly PlannedChoice[]): string {
  let completion = 0;
  let reasoning: number | undefined;
  for (const choice of choices) {
    completion += countTokens(choice);
    if (choice.reasoning !== undefined) reasoning = (reasoning ?? 0) + choice.reasoning.length;
  }
  const details = reasoning === undefined ? "" : `"completion_tokens_details":{"reasoning_tokens":${reasoning}},`;
  return (
    `{"prompt_tokens":${prompt.total},"completion_tokens":${completion},"total_tokens":${prompt.total + completion},` +
    `"prompt_tokens_details":{"cached_tokens":${prompt.cached}},${details}` +
    `"prompt_cache_hit_tokens":${prompt.cached},"prompt_cache_miss_tokens":${prompt.total - prompt.cached}}`
  );
}
