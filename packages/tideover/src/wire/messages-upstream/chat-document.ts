import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { chatUsageOf, finishReasonOf } from "./chat-terms.ts";

/**
 * A whole message as a chat completion. What is no message (an error, something unknown) is given back as it is, to be
 * judged as what it is.
 * @param created in seconds since the Unix epoch
 */
export function chatDocument(message: JsonObject, created: number): JsonObject {
  const { id, model, content, stop_reason: stopReason, usage } = message;
  if (!Array.isArray(content)) return message;
  const blocks = (content as readonly Json[]).filter(isJsonObject);
  const joined = (type: string, member: string) =>
    blocks
      .filter((block) => block.type === type)
      .map((block) => (typeof block[member] === "string" ? block[member] : ""))
      .join("");
  const reasoning = joined("thinking", "thinking");
  const text = joined("text", "text");
  const calls = blocks
    .filter(({ type }) => type === "tool_use")
    .map(({ id: callId, name, input }, index) => ({
      index,
      id: callId,
      type: "function",
      function: { name, arguments: JSON.stringify(input ?? {}) },
    }));
  const counted = chatUsageOf(usage);
  return {
    id,
    object: "chat.completion",
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && calls.length > 0 ? null : text,
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: finishReasonOf(stopReason),
      },
    ],
    ...(counted === undefined ? {} : { usage: counted }),
  };
}
