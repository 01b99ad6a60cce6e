import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { type RequestFlaw, RequestFlaws } from "../messages/request-flaws.ts";
import { chatMessagesOf } from "./input-items.ts";
import type { KeptRequest } from "./kept-request.ts";
import { responseTools } from "./response-tools.ts";

/** A Responses request as a chat request. */
export interface ResponseChatRequest {
  readonly type: "chat-request";
  readonly body: JsonObject;
}

/**
 * Members that are read into others, and those that only steer OpenAI's own service (its caching, tiers and storage).
 * What is neither goes on as it is: providers have members of their own.
 */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "background",
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "service_tier",
  "store",
  "stream",
  "stream_options",
  "text",
  "tool_choice",
  "tools",
  "truncation",
]);

/** Members that ask for what only OpenAI's own service does; without it the answer would be another. */
const NOT_OFFERED = ["context_management", "conversation", "prompt", "top_logprobs"] as const;

/** Members that are true, false or null. */
const SWITCHES = ["background", "store", "stream", "parallel_tool_calls"] as const;

/**
 * Translates a request of OpenAI's Responses API into a chat request: the instructions, what was said before, then the
 * input.
 * @returns the chat request, or the first thing that is wrong with it or that chat cannot express.
 */
export function chatRequestOfResponse({ request, history }: KeptRequest): ResponseChatRequest | RequestFlaw {
  const flaws = new RequestFlaws();
  checkMembers(request, flaws);
  const passedOn = Object.entries(request).filter(([name, value]) => !NOT_PASSED_ON.has(name) && value !== null);
  const body: JsonObject = {
    ...Object.fromEntries(passedOn),
    messages: [...instructions(request.instructions, flaws), ...history, ...chatMessagesOf(request.input, flaws)],
    ...(isGiven(request.max_output_tokens) ? { max_tokens: request.max_output_tokens } : {}),
    ...responseTools(request, flaws),
    ...reasoning(request.reasoning, flaws),
    ...format(request.text, flaws),
    // The last event of a stream has the usage, so it is always wanted.
    ...(request.stream === true ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  return flaws.first ?? { type: "chat-request", body };
}

function checkMembers(request: JsonObject, flaws: RequestFlaws): void {
  for (const name of SWITCHES) {
    const value = request[name];
    if (isGiven(value) && typeof value !== "boolean") flaws.note(name, "must be true or false.");
  }
  const { max_output_tokens: most } = request;
  if (isGiven(most) && (typeof most !== "number" || !Number.isInteger(most) || most < 1)) {
    flaws.note("max_output_tokens", "must be a whole number above zero.");
  }
  for (const name of NOT_OFFERED) {
    const value = request[name];
    const asks = isGiven(value) && !(Array.isArray(value) && value.length === 0) && value !== 0;
    if (asks) flaws.note(name, "asks for what only OpenAI's own service does; leave it out.");
  }
  if (request.background === true && request.store === false) {
    flaws.note("store", "must not be false with `background`: the answer is kept until it is fetched.");
  }
}

function instructions(text: Json | undefined, flaws: RequestFlaws): readonly JsonObject[] {
  if (!isGiven(text) || text === "") return [];
  if (typeof text === "string") return [{ role: "system", content: text }];
  flaws.note("instructions", "must be a text.");
  return [];
}

/** Effort `none` turns thinking off; how much of it is told is nothing that chat can say. */
function reasoning(asked: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (!isGiven(asked)) return {};
  if (!isJsonObject(asked)) {
    flaws.note("reasoning", 'must be an object such as `{effort: "low"}`.');
    return {};
  }
  const { effort } = asked;
  if (!isGiven(effort)) return {};
  if (typeof effort !== "string") flaws.note("reasoning.effort", "must be a text.");
  return effort === "none" ? { thinking: { type: "disabled" } } : { reasoning_effort: effort };
}

function format(text: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (!isGiven(text)) return {};
  const asked = isJsonObject(text) ? text.format : undefined;
  if (!isGiven(asked)) return {};
  const { type, name, schema, strict, description } = isJsonObject(asked) ? asked : {};
  if (type === "text") return {};
  if (type === "json_object") return { response_format: { type } };
  if (type === "json_schema" && isJsonObject(schema)) {
    const described = {
      name: typeof name === "string" && name !== "" ? name : "answer",
      schema,
      ...(typeof strict === "boolean" ? { strict } : {}),
      ...(typeof description === "string" ? { description } : {}),
    };
    return { response_format: { type, json_schema: described } };
  }
  flaws.note("text.format", "must be `{type: text}`, `{type: json_object}` or `{type: json_schema, name, schema}`.");
  return {};
}

/** OpenAI's clients send null for what was left out. */
function isGiven(value: Json | undefined): value is NonNullable<Json> {
  return value !== undefined && value !== null;
}
