import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";

/** Tokens of an answer's two parts, as far as they are known. A piece (delta) counts as a token where nothing is said. */
export interface JoinedTokens {
  /** Of the request as the caller wrote it; undefined: not known. */
  readonly prompt: number | undefined;
  /** Shown before the break, reasoning included. */
  readonly shown: number;
  readonly shownReasoning: number;
  /** Of those shown, what the request for the rest brought along, so that its provider counts it as prompt. */
  readonly given: number;
  /** Of the rest, what was not passed on because it was there already or not wanted, reasoning included. */
  readonly dropped: number;
  readonly droppedReasoning: number;
}

/**
 * The usage of an answer in two parts, from what the provider of the rest counts: its prompt without what it was given
 * to go on from, and its tokens together with those that were shown before, none twice.
 */
export function joinUsage(usage: JsonObject, tokens: JoinedTokens): JsonObject {
  const promptTokens = tokens.prompt ?? Math.max(0, count(usage.prompt_tokens) - tokens.given);
  const completionTokens = tokens.shown + Math.max(0, count(usage.completion_tokens) - tokens.dropped);
  const joined: Record<string, Json | undefined> = {
    ...usage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  if (typeof usage.prompt_cache_hit_tokens === "number") {
    joined.prompt_cache_hit_tokens = Math.min(usage.prompt_cache_hit_tokens, promptTokens);
    joined.prompt_cache_miss_tokens = promptTokens - joined.prompt_cache_hit_tokens;
  }
  const promptDetails = usage.prompt_tokens_details;
  if (isJsonObject(promptDetails) && typeof promptDetails.cached_tokens === "number") {
    const cached = Math.min(promptDetails.cached_tokens, promptTokens);
    joined.prompt_tokens_details = { ...promptDetails, cached_tokens: cached };
  }
  const details = isJsonObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  if (tokens.shownReasoning > 0 || typeof details.reasoning_tokens === "number") {
    const added = Math.max(0, count(details.reasoning_tokens) - tokens.droppedReasoning);
    joined.completion_tokens_details = { ...details, reasoning_tokens: tokens.shownReasoning + added };
  }
  return joined;
}

/** A chunk whose usage, on the chunk or within its choice, is that of the joined answer. */
export function withJoinedUsage(chunk: JsonObject, tokens: JoinedTokens): JsonObject {
  if (isJsonObject(chunk.usage)) return { ...chunk, usage: joinUsage(chunk.usage, tokens) };
  const choices = Array.isArray(chunk.choices) ? (chunk.choices as readonly Json[]) : [];
  if (!choices.some((choice) => isJsonObject(choice) && isJsonObject(choice.usage))) return chunk;
  const joined = choices.map((choice) =>
    isJsonObject(choice) && isJsonObject(choice.usage) ? { ...choice, usage: joinUsage(choice.usage, tokens) } : choice,
  );
  return { ...chunk, choices: joined };
}

function count(value: Json | undefined): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}
