import type { Call } from "../../call.ts";
import { isJsonObject, type Json } from "../../json.ts";
import { hashText } from "../../kernels/rendezvous.ts";
import { sessionOf } from "../limit/session.ts";
import { AFFINITY_PROMPT_LENGTH } from "./defaults.ts";

/**
 * A number that calls with the same beginning share: system prompt and session. Sent to the same account they find its
 * prompt cache warm (DeepSeek charges a tenth for what is in it).
 */
export function affinityKey(call: Call): number {
  return hashText(systemPrompt(call.request.body.messages), hashText(sessionOf(call)));
}

function systemPrompt(messages: Json | undefined): string {
  const first = Array.isArray(messages) ? messages[0] : undefined;
  if (!isJsonObject(first) || (first.role !== "system" && first.role !== "developer")) return "";
  const { content } = first;
  const text = typeof content === "string" ? content : JSON.stringify(content ?? "");
  return text.slice(0, AFFINITY_PROMPT_LENGTH);
}
