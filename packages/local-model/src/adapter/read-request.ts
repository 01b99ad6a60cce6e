import { type CallRequest, type Failure, failure, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { plainText } from "tideover/wire";
import type { ChatMessage } from "../text/chat-prompt.ts";
import type { ChatRequest } from "../worker/messages.ts";

/** A request for the model, and what of its answer the reader must be given before the model's own words. */
export interface ReadRequest {
  readonly type: "read";
  readonly chat: ChatRequest;
  /** What was shown of the answer beyond the text that is asked to be continued: it comes first. */
  readonly repeat: string;
}

/**
 * What a request for the rest of an answer adds: all that was shown of it (`instruct` of the continuation's terms). The
 * local model is another model than the one that began: it would never word the last shown pieces alike. It needs not:
 * it goes on after the very last of them, and they are repeated in front.
 */
export type ShownText = NonNullable<CallRequest["continuation"]>["instruct"];

/** Fields that ask for what is not there, and why it is not. */
const UNSERVED: Readonly<Record<string, string>> = {
  audio: "It writes no audio.",
  function_call: "It calls no functions.",
  functions: "It calls no functions.",
  logit_bias: "Token numbers belong to one model, and this is another.",
  logprobs: "It gives no log probabilities.",
  tools: "It calls no tools.",
  top_logprobs: "It gives no log probabilities.",
  web_search_options: "It searches nothing.",
};

/**
 * Brings the body of a chat request into the model's terms.
 * @returns a Failure of kind `incompatible` that says what of it cannot be served
 */
export function readRequest(body: JsonObject, shown: ShownText): ReadRequest | Failure {
  const unserved = findUnserved(body);
  if (unserved !== undefined) return unserved;
  const conversation = readMessages(body.messages);
  if ("type" in conversation) return conversation;
  const { messages, start } = conversation;
  const given = start?.content ?? "";
  const goesOn = shown?.startsWith(given) === true;
  const full = goesOn ? { reasoning: start?.reasoning ?? "", content: shown } : start;
  return {
    type: "read",
    repeat: goesOn ? shown.slice(given.length) : "",
    chat: {
      messages,
      start: full,
      maxTokens: smallest(numberIn(body, "max_tokens"), numberIn(body, "max_completion_tokens")),
      temperature: numberIn(body, "temperature"),
      topP: numberIn(body, "top_p"),
      frequencyPenalty: numberIn(body, "frequency_penalty"),
      presencePenalty: numberIn(body, "presence_penalty"),
      seed: numberIn(body, "seed"),
      stop: readStop(body.stop),
      json: isJsonObject(body.response_format) && body.response_format.type === "json_object",
    },
  };
}

function findUnserved(body: JsonObject): Failure | undefined {
  if (isJsonObject(body.tool_choice) || body.tool_choice === "required") {
    return unable("tools-asked", "It calls no tools.");
  }
  for (const [field, why] of Object.entries(UNSERVED)) {
    // Tools that may not be called ask for nothing.
    if (field === "tools" && body.tool_choice === "none") continue;
    if (asksForSomething(body[field])) return unable(field === "tools" ? "tools-asked" : `${field}-asked`, why);
  }
  if (typeof body.n === "number" && body.n > 1)
    return unable("several-choices-asked", "It writes one answer at a time.");
  const modalities = body.modalities;
  if (Array.isArray(modalities) && modalities.some((one) => one !== "text")) {
    return unable("modality-asked", "It writes nothing but text.");
  }
  const format = body.response_format;
  const type = isJsonObject(format) ? format.type : undefined;
  if (type === undefined || type === "text" || type === "json_object") return undefined;
  return unable("format-asked", `It cannot keep to the format ${String(type)}; json_object it can.`);
}

function asksForSomething(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly start?: { readonly reasoning: string; readonly content: string };
}

function readMessages(given: Json | undefined): Conversation | Failure {
  if (!Array.isArray(given) || given.length === 0) {
    return unable("messages-unreadable", "messages must be a list with at least one message.");
  }
  const messages: ChatMessage[] = [];
  let start: Conversation["start"];
  for (const [index, message] of (given as readonly Json[]).entries()) {
    const read = isJsonObject(message) ? readMessage(message) : undefined;
    if (read === undefined) return unable("messages-unreadable", `messages[${index}] has no role or no text.`);
    if ("type" in read) return read;
    const isStart = index === given.length - 1 && isJsonObject(message) && message.prefix === true;
    if (!isStart || read.role !== "assistant") messages.push(read);
    else start = { reasoning: plainText(message.reasoning_content) ?? "", content: read.content };
  }
  return { messages, ...(start === undefined ? {} : { start }) };
}

function readMessage(message: JsonObject): ChatMessage | Failure | undefined {
  const { role, content } = message;
  if (typeof role !== "string") return undefined;
  if (role === "tool" || role === "function" || asksForSomething(message.tool_calls)) {
    return unable("tools-asked", "The conversation holds tool calls, which it does not know.");
  }
  const text = plainText(content);
  if (text === undefined) return partsProblem(content);
  // OpenAI's newer name of the same role.
  return { role: role === "developer" ? "system" : role, content: text };
}

function partsProblem(content: Json | undefined): Failure | undefined {
  const parts = Array.isArray(content) ? (content as readonly Json[]) : [];
  const other = parts.find((part) => isJsonObject(part) && part.type !== "text");
  if (!isJsonObject(other)) return undefined;
  const type = String(other.type);
  return unable(type.includes("image") ? "images-asked" : "parts-asked", `It reads text only, not ${type}.`);
}

function readStop(stop: Json | undefined): string[] {
  const list = Array.isArray(stop) ? (stop as readonly Json[]) : [stop];
  return list.filter((one) => typeof one === "string");
}

function numberIn(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function smallest(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function unable(reason: string, why: string): Failure {
  return failure("incompatible", reason, `The local model cannot serve this request. ${why}`);
}
