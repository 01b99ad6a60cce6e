import { isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import type { ReasoningHistory } from "./catalogue/preset.ts";

/** The names under which hosts return reasoning: DeepSeek and most; Groq and OpenRouter; OpenRouter. */
const REASONING_FIELDS = ["reasoning_content", "reasoning", "reasoning_details"] as const;

/** What else of the request decides. */
export interface ReasoningContext {
  /** The request offers tools. */
  readonly tools: boolean;
  /** The request switches thinking off, so no reasoning is asked for. */
  readonly thinkingDisabled: boolean;
}

/**
 * Brings the reasoning in a conversation's earlier assistant turns to what a host wants to see of it, so that a
 * conversation can move between providers.
 *
 * Under `required-with-tools` a turn that has no reasoning, since another provider gave it, gets an empty one. The
 * other way, thinking switched off for the request, would change what the caller asked for; opencode sends the empty
 * one since 1.14.24 (anomalyco/opencode 24172). A turn that is being continued (`prefix: true`) stays as it is, since
 * an empty reasoning there would say that thinking is over.
 * @returns the same array when nothing changes.
 */
export function adaptReasoningHistory(
  messages: readonly Json[],
  rule: ReasoningHistory,
  context: ReasoningContext,
): readonly Json[] {
  switch (rule) {
    case "keep":
      return messages;
    case "strip":
      return mapAssistants(messages, withoutReasoning);
    case "tool-loop": {
      const lastUser = messages.findLastIndex((message) => isJsonObject(message) && message.role === "user");
      return mapAssistants(messages, (message, index) => (index < lastUser ? withoutReasoning(message) : message));
    }
    case "required-with-tools": {
      const required = context.tools && !context.thinkingDisabled;
      return mapAssistants(messages, (message) => withText(required ? withReasoning(message) : message));
    }
  }
}

function mapAssistants(
  messages: readonly Json[],
  change: (message: JsonObject, index: number) => JsonObject,
): readonly Json[] {
  let changed: Json[] | undefined;
  messages.forEach((message, index) => {
    if (!isJsonObject(message) || message.role !== "assistant") return;
    const next = change(message, index);
    if (next === message) return;
    changed ??= [...messages];
    changed[index] = next;
  });
  return changed ?? messages;
}

function withoutReasoning(message: JsonObject): JsonObject {
  if (!REASONING_FIELDS.some((field) => Object.hasOwn(message, field))) return message;
  const kept: Record<string, Json | undefined> = { ...message };
  for (const field of REASONING_FIELDS) delete kept[field];
  return kept;
}

function withReasoning(message: JsonObject): JsonObject {
  if (typeof message.reasoning_content === "string" || message.prefix === true) return message;
  return { ...message, reasoning_content: "" };
}

/** DeepSeek answers 400 "content or tool_calls must be set" to a null content without tool calls. */
function withText(message: JsonObject): JsonObject {
  const calls = message.tool_calls;
  const hasCalls = Array.isArray(calls) && calls.length > 0;
  if (hasCalls || (message.content !== null && message.content !== undefined)) return message;
  return { ...message, content: "" };
}
