import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS } from "../chat/chat-event.ts";
import { firstChoice, textOf } from "../messages/messages-stream.ts";
import type { ResponseState } from "./response-document.ts";
import { itemId } from "./response-id.ts";
import { responseUsage } from "./response-usage.ts";

/** Whether an item is whole, or was ended by the length of the answer. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** A part of what the model thought, wrote or refused. */
export function textPart(kind: "reasoning_text" | "output_text" | "refusal", text: string): JsonObject {
  if (kind === "refusal") return { type: kind, refusal: text };
  return kind === "output_text" ? { type: kind, text, annotations: [], logprobs: [] } : { type: kind, text };
}

/** What the model thought, as an item. */
export function reasoningItem(id: string, content: readonly JsonObject[], status: ItemStatus): JsonObject {
  return { id, type: "reasoning", status, summary: [], content };
}

/** What the model said, as an item. */
export function messageItem(id: string, content: readonly JsonObject[], status: ItemStatus): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

/** A call of a tool, as an item. */
export function callItem(
  id: string,
  call: { readonly callId: string; readonly name: string; readonly text: string },
  status: ItemStatus,
): JsonObject {
  return { id, type: "function_call", status, call_id: call.callId, name: call.name, arguments: call.text };
}

/** What an answer's finish says of the response. */
export function endOf(finishReason: string | undefined): Pick<ResponseState, "status" | "incomplete"> {
  if (finishReason === "length") return { status: "incomplete", incomplete: "max_output_tokens" };
  if (finishReason === "content_filter") return { status: "incomplete", incomplete: "content_filter" };
  return { status: "completed" };
}

/** A whole chat answer as the state of the response it makes, with its provenance. */
export function responseStateOf(answer: JsonObject, id: string): ResponseState {
  const choice = firstChoice(answer) ?? {};
  const message = isJsonObject(choice.message) ? choice.message : {};
  const end = endOf(finishReasonOfChoice(choice));
  return {
    ...end,
    model: typeof answer.model === "string" && answer.model !== "" ? answer.model : undefined,
    output: outputOf(message, id, end.status === "incomplete" ? "incomplete" : "completed"),
    usage: responseUsage(answer),
    tideover: answer.tideover,
  };
}

function outputOf(message: JsonObject, id: string, status: ItemStatus): JsonObject[] {
  const items: JsonObject[] = [];
  const thought = REASONING_MEMBERS.map((name) => message[name]).find(
    (text) => typeof text === "string" && text !== "",
  );
  if (typeof thought === "string") {
    items.push(reasoningItem(itemId("rs", id, items.length), [textPart("reasoning_text", thought)], "completed"));
  }
  const text = textOf(message.content);
  const refusal = textOf(message.refusal);
  const parts = [
    ...(text === "" ? [] : [textPart("output_text", text)]),
    ...(refusal === "" ? [] : [textPart("refusal", refusal)]),
  ];
  if (parts.length > 0) items.push(messageItem(itemId("msg", id, items.length), parts, status));
  const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as readonly Json[]).filter(isJsonObject) : [];
  for (const call of calls) {
    const described = isJsonObject(call.function) ? call.function : {};
    const item = itemId("fc", id, items.length);
    const written = {
      callId: textIn(call.id) || item,
      name: textIn(described.name),
      text: textIn(described.arguments),
    };
    items.push(callItem(item, written, status));
  }
  return items;
}

function textIn(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** What an answer leaves in a conversation: the assistant's chat message, without what only its host understands. */
export function messageForHistory(answer: JsonObject): JsonObject {
  const choice = firstChoice(answer) ?? {};
  const message = isJsonObject(choice.message) ? choice.message : {};
  const thought = REASONING_MEMBERS.map((name) => message[name]).find(
    (text) => typeof text === "string" && text !== "",
  );
  const calls = Array.isArray(message.tool_calls) && message.tool_calls.length > 0 ? message.tool_calls : undefined;
  const text = textOf(message.content) + textOf(message.refusal);
  return {
    role: "assistant",
    content: text === "" && calls !== undefined ? null : text,
    ...(thought === undefined ? {} : { reasoning_content: thought }),
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
}
