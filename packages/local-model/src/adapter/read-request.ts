import { type CallRequest, type Failure, failure, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { asksForSomething, lackOf, type ProviderDefinition } from "tideover/providers";
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

/** Fields that ask for what is not there, and why it is not; beside what the provider is known to lack anyway. */
const UNSERVED: Readonly<Record<string, string>> = {
  audio: "It writes no audio.",
  function_call: "It calls no functions.",
  logit_bias: "Token numbers belong to one model, and this is another.",
  web_search_options: "It searches nothing.",
};

/**
 * Brings the body of a chat request into the model's terms.
 * @returns a Failure of kind `incompatible` that says what of it cannot be served
 */
export function readRequest(
  definition: Pick<ProviderDefinition, "lacks" | "name">,
  body: JsonObject,
  shown: ShownText,
): ReadRequest | Failure {
  const unserved = lackOf(definition, body) ?? findUnserved(body);
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
  for (const [field, why] of Object.entries(UNSERVED)) {
    if (asksForSomething(body[field])) return unable(`${field}-asked`, why);
  }
  const modalities = body.modalities;
  if (Array.isArray(modalities) && modalities.some((one) => one !== "text")) {
    return unable("modality-asked", "It writes nothing but text.");
  }
  const format = body.response_format;
  const type = isJsonObject(format) ? format.type : undefined;
  if (type === undefined || type === "text" || type === "json_object") return undefined;
  return unable("format-asked", `It cannot keep to the format ${String(type)}; json_object it can.`);
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
  const text = plainText(content);
  if (text === undefined) return partsProblem(content);
  // OpenAI's newer name of the same role.
  return { role: role === "developer" ? "system" : role, content: text };
}

function partsProblem(content: Json | undefined): Failure | undefined {
  const parts = Array.isArray(content) ? (content as readonly Json[]) : [];
  const other = parts.find((part) => isJsonObject(part) && part.type !== "text");
  if (!isJsonObject(other)) return undefined;
  return unable("parts-asked", `It reads text only, not ${String(other.type)}.`);
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
