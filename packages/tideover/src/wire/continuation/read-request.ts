import type { CallRequest } from "../../engine/call.ts";
import { isJsonObject, type Json } from "../../engine/json.ts";

/** What of a request matters to the rest of its answer. */
export interface BrokenRequest {
  /** The conversation, without the text that the caller gave to go on from. */
  readonly messages: readonly Json[];
  /** The text that the caller gave to go on from; empty where there is none. */
  readonly prefix: string;
  /** The caller gave the beginning of the answer; what of reasoning came with it. */
  readonly message?: { readonly reasoning: string } | undefined;
  /** Most tokens of the answer, and the members of the request that say so. */
  readonly limit?: { readonly value: number; readonly names: readonly string[] } | undefined;
  /** No form is asked for (JSON, a schema) and no tool is offered. */
  readonly plainText: boolean;
}

/** The members that limit an answer's tokens; the smallest holds. */
const LIMITS = ["max_completion_tokens", "max_tokens"] as const;

/**
 * Reads a request whose answer may have to be continued.
 * @returns undefined when its answers never can: no chat, several choices, log probabilities (which belong to tokens
 *   that would come twice), or a conversation that ends with an assistant's message in another form than `prefix: true`.
 */
export function readRequest({ operation, body }: CallRequest): BrokenRequest | undefined {
  const given = body.messages;
  if (operation !== "chat" || !Array.isArray(given) || given.length === 0) return undefined;
  if ((typeof body.n === "number" && body.n > 1) || body.logprobs === true) return undefined;
  const common = { limit: readLimit(body), plainText: asksForPlainText(body) };
  const last = given.at(-1) as Json;
  if (!isJsonObject(last) || last.role !== "assistant") return { ...common, messages: given, prefix: "" };
  const { content, reasoning_content: reasoning = "" } = last;
  if (last.prefix !== true || typeof content !== "string" || typeof reasoning !== "string") return undefined;
  return { ...common, messages: given.slice(0, -1), prefix: content, message: { reasoning } };
}

function readLimit(body: CallRequest["body"]): BrokenRequest["limit"] {
  const names = LIMITS.filter((name) => typeof body[name] === "number");
  const values = names.map((name) => Number(body[name]));
  return names.length === 0 ? undefined : { value: Math.min(...values), names };
}

function asksForPlainText({ response_format: format, tools, functions }: CallRequest["body"]): boolean {
  const offers = (list: Json | undefined) => Array.isArray(list) && list.length > 0;
  const isPlain = !isJsonObject(format) || format.type === "text";
  return isPlain && !offers(tools) && !offers(functions);
}
