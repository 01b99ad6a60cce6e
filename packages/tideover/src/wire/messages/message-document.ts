import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS, readUsage } from "../chat/chat-event.ts";
import { parseJson } from "../chat/json-text.ts";
import { firstChoice, textOf } from "./messages-stream.ts";
import { messagesUsage } from "./messages-usage.ts";
import { stopOf } from "./stop-reason.ts";
import { THINKING_SIGNATURE } from "./thinking-signature.ts";

/**
 * A whole chat answer as a Messages document, with its provenance.
 * @param id of the message.
 */
export function messageDocument(answer: JsonObject, id: string): JsonObject {
  const choice = firstChoice(answer) ?? {};
  const message = isJsonObject(choice.message) ? choice.message : {};
  const content = [...thinkingBlocks(message), ...textBlocks(message), ...toolUseBlocks(message, id)];
  const callsTools = content.some(({ type }) => type === "tool_use");
  return {
    id,
    type: "message",
    role: "assistant",
    model: typeof answer.model === "string" ? answer.model : "",
    content,
    ...stopOf(finishReasonOfChoice(choice), choice, callsTools),
    usage: messagesUsage(readUsage(answer)),
    ...(answer.tideover === undefined ? {} : { tideover: answer.tideover }),
  };
}

function thinkingBlocks(message: JsonObject): JsonObject[] {
  const thinking = REASONING_MEMBERS.map((name) => message[name]).find(
    (text) => typeof text === "string" && text !== "",
  );
  return thinking === undefined ? [] : [{ type: "thinking", thinking, signature: THINKING_SIGNATURE }];
}

function textBlocks({ content, refusal }: JsonObject): JsonObject[] {
  const text = textOf(content) + textOf(refusal);
  return text === "" ? [] : [{ type: "text", text }];
}

function toolUseBlocks({ tool_calls: calls }: JsonObject, id: string): JsonObject[] {
  if (!Array.isArray(calls)) return [];
  return (calls as readonly Json[]).filter(isJsonObject).map((call, position) => {
    const described = isJsonObject(call.function) ? call.function : {};
    const callId = typeof call.id === "string" && call.id !== "" ? call.id : `toolu_${id}_${position}`;
    return { type: "tool_use", id: callId, name: described.name, input: inputOf(described.arguments) };
  });
}

/** Arguments that the model did not write as an object (it ran out of tokens, say) are shown as they are. */
function inputOf(text: Json | undefined): JsonObject {
  if (typeof text !== "string" || text.trim() === "") return {};
  const input = parseJson(text);
  return isJsonObject(input) ? input : { unparsed_arguments: text };
}
