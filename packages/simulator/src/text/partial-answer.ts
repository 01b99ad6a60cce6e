import type { JsonObject } from "tideover/engine";
import { messageText, objectsOf } from "./conversation.ts";

/**
 * By which sign a host recognises that the last assistant message is a beginning to go on from.
 * - `beta-prefix`: `prefix: true`, under `/beta` only (DeepSeek).
 * - `message-prefix`: `prefix: true` on any path (Qianfan, Mistral).
 * - `message-partial`: `partial: true` (DashScope, Moonshot).
 * - `body-prefix`: the text in the body's `prefix` (SiliconFlow).
 * - `continue-final-message`: `continue_final_message: true` in the body (vLLM, SGLang).
 * - `bare-assistant`: it is enough that it is the last (llama.cpp).
 * - `none`: never.
 */
export type ContinuationMode =
  | "beta-prefix"
  | "message-prefix"
  | "message-partial"
  | "body-prefix"
  | "continue-final-message"
  | "bare-assistant"
  | "none";

/** The beginning of an answer that a request brings along. */
export interface PartialAnswer {
  readonly reasoning: string;
  readonly content: string;
}

/** A request's conversation, with the beginning of its answer apart. */
export interface SplitConversation {
  readonly messages: readonly JsonObject[];
  readonly partial?: PartialAnswer | undefined;
}

/** Takes the beginning of the answer out of the conversation, where the host's mode says that there is one. */
export function splitConversation(body: JsonObject, mode: ContinuationMode, beta: boolean): SplitConversation {
  const messages = objectsOf(body.messages);
  if (mode === "body-prefix") {
    if (typeof body.prefix !== "string") return { messages };
    return { messages, partial: { reasoning: "", content: body.prefix } };
  }
  const last = messages.at(-1);
  if (last?.role !== "assistant" || !isMarked(last, body, mode, beta)) return { messages };
  const reasoning = typeof last.reasoning_content === "string" ? last.reasoning_content : "";
  return { messages: messages.slice(0, -1), partial: { reasoning, content: messageText(last) } };
}

function isMarked(last: JsonObject, body: JsonObject, mode: ContinuationMode, beta: boolean): boolean {
  switch (mode) {
    case "beta-prefix":
      return beta && last.prefix === true;
    case "message-prefix":
      return last.prefix === true;
    case "message-partial":
      return last.partial === true;
    case "continue-final-message":
      return body.continue_final_message === true;
    case "bare-assistant":
      return true;
    default:
      return false;
  }
}
