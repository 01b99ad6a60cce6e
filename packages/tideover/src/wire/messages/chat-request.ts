import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { chatMessages } from "./chat-messages.ts";
import { chatTools } from "./chat-tools.ts";
import { type RequestFlaw, RequestFlaws } from "./request-flaws.ts";

/** A Messages request as a chat request. */
export interface ChatRequest {
  readonly type: "chat-request";
  readonly body: JsonObject;
}

/**
 * Members that are read into others, and those that only steer Anthropic's own service (its caching, tiers and places),
 * which change no answer and have no counterpart. What is neither goes on as it is: providers have members of their own.
 */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  "cache_control",
  "context_management",
  "diagnostics",
  "inference_geo",
  "messages",
  "output_config",
  "service_tier",
  "speed",
  "stop_sequences",
  "system",
  "thinking",
  "tool_choice",
  "tools",
]);

/** Members that ask for what only Anthropic's own service does; without it the answer would be another. */
const NOT_OFFERED = ["container", "mcp_servers"] as const;

/**
 * Translates a request of Anthropic's Messages API into a chat request.
 * @returns the chat request, or the first thing that is wrong with it or that chat cannot express.
 */
export function chatRequestOf(body: JsonObject): ChatRequest | RequestFlaw {
  const flaws = new RequestFlaws();
  checkNumbers(body, flaws);
  const messages = chatMessages(body, flaws);
  const translated: JsonObject = {
    ...Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_PASSED_ON.has(name))),
    messages,
    ...chatTools(body, flaws),
    ...stops(body.stop_sequences, flaws),
    ...thinking(body.thinking, flaws),
    ...output(body.output_config, flaws),
    // The last event of a Messages stream has the usage, so it is always wanted.
    ...(body.stream === true ? { stream_options: { include_usage: true } } : {}),
  };
  return flaws.first ?? { type: "chat-request", body: translated };
}

function checkNumbers(body: JsonObject, flaws: RequestFlaws): void {
  const { max_tokens: most } = body;
  if (most !== undefined && (typeof most !== "number" || !Number.isInteger(most) || most < 1)) {
    flaws.note("max_tokens", "must be a whole number above zero.");
  }
  for (const name of NOT_OFFERED) {
    const value = body[name];
    const asks = value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
    if (asks) flaws.note(name, "asks for what only Anthropic's own service does; leave it out.");
  }
}

function stops(sequences: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (sequences === undefined || sequences === null) return {};
  if (!Array.isArray(sequences) || sequences.some((text) => typeof text !== "string")) {
    flaws.note("stop_sequences", "must be an array of texts.");
    return {};
  }
  return sequences.length === 0 ? {} : { stop: sequences };
}

/**
 * Whether to think. `adaptive` leaves it to the model, as saying nothing does; how many tokens it may take is nothing
 * that chat can say.
 */
function thinking(asked: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (asked === undefined || asked === null) return {};
  const type = isJsonObject(asked) ? asked.type : undefined;
  if (type === "adaptive") return {};
  if (type === "disabled") return { thinking: { type } };
  if (type === "enabled" || type === "between_tools") return { thinking: { type: "enabled" } };
  flaws.note("thinking.type", 'must be "enabled", "disabled" or "adaptive".');
  return {};
}

function output(config: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (!isJsonObject(config)) return {};
  const { effort, format } = config;
  const translated: Record<string, Json> = {};
  if (typeof effort === "string") translated.reasoning_effort = effort;
  if (isJsonObject(format)) {
    if (format.type !== "json_schema" || !isJsonObject(format.schema)) {
      flaws.note("output_config.format", "must be `{type: json_schema, schema}`.");
    } else {
      const { schema } = format;
      translated.response_format = { type: "json_schema", json_schema: { name: "answer", schema, strict: true } };
    }
  }
  return translated;
}
