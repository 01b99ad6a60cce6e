import type { JsonObject } from "../../engine/json.ts";

/** Why an answer ended, in the words of the Messages API. */
export interface Stop {
  readonly stop_reason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";
  readonly stop_sequence: string | null;
}

/**
 * What a chat choice's finish is called. Most hosts do not tell a stop sequence from the end of the turn; those that
 * name the sequence (vLLM's `stop_reason`) are believed.
 * @param callsTools the answer calls tools: some hosts then still say `stop`.
 */
export function stopOf(finishReason: string | undefined, choice: JsonObject, callsTools: boolean): Stop {
  const plain = (reason: Stop["stop_reason"]): Stop => ({ stop_reason: reason, stop_sequence: null });
  if (finishReason === "length") return plain("max_tokens");
  if (finishReason === "content_filter") return plain("refusal");
  if (callsTools) return plain("tool_use");
  const { stop_reason: sequence } = choice;
  if (typeof sequence === "string" && sequence !== "") return { stop_reason: "stop_sequence", stop_sequence: sequence };
  return plain("end_turn");
}
