import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { type RequestFlaw, RequestFlaws } from "../messages/request-flaws.ts";
import { messageTurns } from "./message-turns.ts";

/** A chat request as a Messages request. */
export interface MessagesRequest {
  readonly type: "messages-request";
  readonly body: JsonObject;
}

/** The longest answer where nobody says another length, in tokens: Messages must say one. */
export const DEFAULT_MAX_TOKENS = 8_192;
/** The least that thinking may take, in tokens (Anthropic's extended thinking guide). */
const LEAST_THINKING_TOKENS = 1_024;

/**
 * Members that are read into others, and those that steer accounting, storage or scheduling of other services and change
 * no answer. What is neither goes on as it is: `top_k` and its like are the service's own.
 */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "max_completion_tokens",
  "max_tokens",
  "messages",
  "metadata",
  "parallel_tool_calls",
  "prediction",
  "prompt_cache_key",
  "reasoning_effort",
  "response_format",
  "safety_identifier",
  "seed",
  "service_tier",
  "stop",
  "store",
  "stream_options",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "user",
  "user_id",
]);

/** Members that shape the answer in a way that the Messages API cannot, unless they ask for nothing. */
const NOT_OFFERED = [
  "audio",
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "logprobs",
  "presence_penalty",
  "top_logprobs",
  "web_search_options",
] as const;

/**
 * Translates a chat request into a request of Anthropic's Messages API.
 * @param maxTokens the longest answer where the caller says none; default {@link DEFAULT_MAX_TOKENS}
 * @returns the request, or the first thing of it that Messages cannot express
 */
export function messagesRequestOf(body: JsonObject, maxTokens = DEFAULT_MAX_TOKENS): MessagesRequest | RequestFlaw {
  const flaws = new RequestFlaws();
  checkOffered(body, flaws);
  const given = Array.isArray(body.messages) ? (body.messages as readonly Json[]) : [];
  const { system, messages } = messageTurns(given, flaws);
  const most = numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens) ?? maxTokens;
  const thinking = thinkingOf(body, given, most);
  const user = [body.user, body.user_id].find((id) => typeof id === "string" && id !== "");
  const translated: JsonObject = {
    ...Object.fromEntries(
      Object.entries(body).filter(([name]) => !NOT_PASSED_ON.has(name) && !isOneChoice(name, body)),
    ),
    max_tokens: most,
    messages,
    ...(system === undefined ? {} : { system }),
    ...(thinking === undefined ? {} : { thinking }),
    // Thinking leaves no choice of temperature.
    ...(thinking?.type === "enabled" ? {} : temperatureOf(body.temperature)),
    ...stopsOf(body.stop),
    ...toolsOf(body, flaws),
    ...outputOf(body, flaws),
    ...(user === undefined ? {} : { metadata: { user_id: user } }),
  };
  return flaws.first ?? { type: "messages-request", body: translated };
}

function checkOffered(body: JsonObject, flaws: RequestFlaws): void {
  for (const name of NOT_OFFERED) {
    if (!asksForNothing(body[name])) flaws.note(name, "has no counterpart in the Messages API.");
  }
  if (typeof body.n === "number" && body.n > 1) flaws.note("n", "must be 1: a message is one answer.");
  if (Array.isArray(body.modalities) && body.modalities.includes("audio")) {
    flaws.note("modalities", "must be text: the Messages API does not speak.");
  }
}

function asksForNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return true;
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** What asks for nothing and would be refused as unknown. */
function isOneChoice(name: string, body: JsonObject): boolean {
  return (
    name === "n" || name === "modalities" || (NOT_OFFERED as readonly string[]).includes(name) || body[name] === null
  );
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Chat goes up to 2 where Messages end at 1. What is no number goes on, for the service to name the mistake. */
function temperatureOf(temperature: Json | undefined): JsonObject {
  if (temperature === undefined || temperature === null) return {};
  return { temperature: typeof temperature === "number" ? Math.min(1, temperature) : temperature };
}

/**
 * Thinking, where it was asked for, there is room for it, and no loop of tools is under way: its first turn would have to
 * come back signed, and chat does not carry signatures.
 */
function thinkingOf({ thinking }: JsonObject, messages: readonly Json[], maxTokens: number): JsonObject | undefined {
  if (!isJsonObject(thinking)) return undefined;
  if (thinking.type !== "enabled") return thinking.type === "disabled" ? { type: "disabled" } : undefined;
  const inToolLoop = messages.some((message) => isJsonObject(message) && message.role === "tool");
  if (inToolLoop || maxTokens <= LEAST_THINKING_TOKENS) return undefined;
  const asked = numberOf(thinking.budget_tokens) ?? Math.floor(maxTokens / 2);
  const budget = Math.min(maxTokens - 1, Math.max(LEAST_THINKING_TOKENS, asked));
  return { type: "enabled", budget_tokens: budget };
}

/** Stop sequences; the service refuses those of white space alone. */
function stopsOf(stop: Json | undefined): JsonObject {
  const list = typeof stop === "string" ? [stop] : Array.isArray(stop) ? (stop as readonly Json[]) : [];
  const sequences = list.filter((text) => typeof text === "string" && text.trim() !== "");
  return sequences.length === 0 ? {} : { stop_sequences: sequences };
}

function toolsOf(body: JsonObject, flaws: RequestFlaws): JsonObject {
  const { tools, tool_choice: choice, parallel_tool_calls: parallel } = body;
  if (!Array.isArray(tools) || tools.length === 0) return {};
  const translated = (tools as readonly Json[]).map((tool, index) => {
    const described = isJsonObject(tool) && tool.type === "function" ? tool.function : undefined;
    if (!isJsonObject(described)) {
      flaws.note(`tools[${index}]`, "must be a function.");
      return {};
    }
    const { name, description, parameters, strict } = described;
    return {
      name,
      ...(typeof description === "string" ? { description } : {}),
      input_schema: isJsonObject(parameters) ? parameters : { type: "object", properties: {} },
      ...(strict === true ? { strict } : {}),
    };
  });
  const oneAtATime = parallel === false ? { disable_parallel_tool_use: true } : {};
  const chosen = toolChoiceOf(choice, parallel === false);
  return { tools: translated, ...(chosen === undefined ? {} : { tool_choice: { ...chosen, ...oneAtATime } }) };
}

function toolChoiceOf(choice: Json | undefined, mustSay: boolean): JsonObject | undefined {
  if (choice === "required") return { type: "any" };
  if (choice === "none") return { type: "none" };
  const described = isJsonObject(choice) && isJsonObject(choice.function) ? choice.function : undefined;
  if (described !== undefined) return { type: "tool", name: described.name };
  return choice === "auto" || mustSay ? { type: "auto" } : undefined;
}

/** Efforts that chat knows and Messages call otherwise. */
const EFFORTS: Readonly<Record<string, string>> = { minimal: "low", none: "low", xhigh: "max" };

function outputOf({ reasoning_effort: effort, response_format: format }: JsonObject, flaws: RequestFlaws): JsonObject {
  const config: Record<string, Json> = {};
  if (typeof effort === "string") config.effort = EFFORTS[effort] ?? effort;
  if (isJsonObject(format) && format.type !== "text") {
    const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
    if (format.type === "json_schema" && isJsonObject(schema)) config.format = { type: "json_schema", schema };
    else flaws.note("response_format", "must be a JSON schema: the Messages API has no other JSON mode.");
  }
  return Object.keys(config).length === 0 ? {} : { output_config: config };
}
