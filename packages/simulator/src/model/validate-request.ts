import { isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { messageText, objectsOf } from "../text/conversation.ts";
import { isThinking } from "../text/plan-answer.ts";
import { cannotDeserialize, errorResponse, type UpstreamRefusal } from "./error-bodies.ts";
import type { UpstreamOperation } from "./routes.ts";

/** What the provider makes of earlier reasoning that a conversation brings along. */
export type ReasoningHistory =
  /** V4: with tools and thinking, every earlier assistant turn must carry its `reasoning_content`. */
  | "required-with-tools"
  /** R1: a `reasoning_content` in the history is refused. */
  | "refused"
  | "ignored";

/** Documented bounds of the chat parameters. */
const MOST_STOPS = 16;
const MOST_TOOLS = 128;
const MOST_TOP_LOGPROBS = 20;
const USER_ID = /^[A-Za-z0-9_-]{1,512}$/;

const ROLES = ["system", "user", "assistant", "tool"];
const PART_TYPES = ["text", "image_url"];

type Kind = "bool" | "u32" | "f32" | "array" | "string" | "object";

const FIELD_KINDS: Readonly<Record<string, Kind>> = {
  stream: "bool",
  logprobs: "bool",
  max_tokens: "u32",
  max_completion_tokens: "u32",
  n: "u32",
  top_logprobs: "u32",
  temperature: "f32",
  top_p: "f32",
  messages: "array",
  tools: "array",
  user_id: "string",
  thinking: "object",
  stream_options: "object",
  response_format: "object",
};

const FIELDS = Object.entries(FIELD_KINDS);

const FITS: Readonly<Record<Kind, (value: Json) => boolean>> = {
  bool: (value) => typeof value === "boolean",
  u32: (value) => typeof value === "number" && Number.isInteger(value) && value >= 0,
  f32: (value) => typeof value === "number",
  array: (value) => Array.isArray(value),
  string: (value) => typeof value === "string",
  object: isJsonObject,
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  bool: "a boolean",
  u32: "u32",
  f32: "f32",
  array: "a sequence",
  string: "a string",
  object: "a map",
};

/** Finds what is wrong with a generation request; undefined when it is fine. `text` is the body as it arrived. */
export function validateRequest(
  operation: UpstreamOperation,
  body: JsonObject,
  text: string,
  history: ReasoningHistory,
): UpstreamRefusal | undefined {
  if (typeof body.model !== "string") return undeserializable("missing field `model`", text, undefined);
  const wrong = wrongType(operation, body, text) ?? outOfBounds(body);
  if (wrong !== undefined) return wrong;
  if (operation === "chat") return wrongChat(body, text, history);
  if (operation === "completions") {
    return body.prompt === undefined ? undeserializable("missing field `prompt`", text, undefined) : undefined;
  }
  return body.input === undefined ? undeserializable("missing field `input`", text, undefined) : undefined;
}

function wrongType(operation: UpstreamOperation, body: JsonObject, text: string): UpstreamRefusal | undefined {
  for (const [field, kind] of FIELDS) {
    const value = body[field];
    // A text completion asks for log probabilities by number.
    if (value === undefined || value === null || (field === "logprobs" && operation === "completions")) continue;
    if (FITS[kind](value)) continue;
    return undeserializable(`${field}: invalid type: ${describe(value)}, expected ${EXPECTED[kind]}`, text, value);
  }
  return undefined;
}

function outOfBounds(body: JsonObject): UpstreamRefusal | undefined {
  const beyond = (field: string, least: number, most: number) => {
    const value = body[field];
    if (typeof value !== "number" || (value >= least && value <= most)) return undefined;
    return errorResponse(400, `Invalid ${field} value, the valid range of ${field} is [${least}, ${most}]`);
  };
  const tooMany = (field: string, most: number) => {
    const value = body[field];
    if (!Array.isArray(value) || value.length <= most) return undefined;
    return errorResponse(400, `Invalid ${field}: at most ${most} are allowed, found ${value.length}`);
  };
  const userId =
    typeof body.user_id === "string" && !USER_ID.test(body.user_id)
      ? errorResponse(400, "Invalid user_id: at most 512 characters of [A-Za-z0-9_-] are allowed")
      : undefined;
  return (
    beyond("temperature", 0, 2) ??
    beyond("top_p", 0, 1) ??
    beyond("max_tokens", 1, Number.MAX_SAFE_INTEGER) ??
    beyond("top_logprobs", 0, MOST_TOP_LOGPROBS) ??
    tooMany("stop", MOST_STOPS) ??
    tooMany("tools", MOST_TOOLS) ??
    userId
  );
}

function wrongChat(body: JsonObject, text: string, history: ReasoningHistory): UpstreamRefusal | undefined {
  const messages = objectsOf(body.messages);
  if (messages.length === 0) return errorResponse(400, "Empty input messages");
  for (const [index, message] of messages.entries()) {
    const wrong = wrongMessage(message, index, text) ?? wrongHistory(message, index, messages, body, history);
    if (wrong !== undefined) return wrong;
  }
  const wantsJson = isJsonObject(body.response_format) && body.response_format.type === "json_object";
  if (wantsJson && !messages.some((message) => /json/i.test(messageText(message)))) {
    return errorResponse(
      400,
      "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'.",
    );
  }
  return undefined;
}

function wrongMessage(message: JsonObject, index: number, text: string): UpstreamRefusal | undefined {
  const place = `messages[${index}]`;
  if (message.role === undefined) return undeserializable(`${place}: missing field \`role\``, text, undefined);
  if (!ROLES.includes(String(message.role))) return unknownVariant(`${place}.role`, message.role, ROLES, text);
  const part = objectsOf(message.content).find((candidate) => !PART_TYPES.includes(String(candidate.type)));
  if (part !== undefined) return unknownVariant(place, part.type, PART_TYPES, text);
  const content = message.content;
  const missing = content === undefined || content === null;
  if (message.role === "assistant" && missing && objectsOf(message.tool_calls).length === 0) {
    return errorResponse(400, "Invalid assistant message: content or tool_calls must be set");
  }
  if (!missing && typeof content !== "string" && !Array.isArray(content)) {
    return undeserializable(`${place}.content: invalid type: ${describe(content)}, expected a string`, text, content);
  }
  return undefined;
}

function wrongHistory(
  message: JsonObject,
  index: number,
  messages: readonly JsonObject[],
  body: JsonObject,
  history: ReasoningHistory,
): UpstreamRefusal | undefined {
  const carries = typeof message.reasoning_content === "string";
  // The beginning of an answer to be continued is not history.
  if (message.role !== "assistant" || (index === messages.length - 1 && message.prefix === true)) return undefined;
  if (history === "refused" && carries) {
    return errorResponse(400, `The reasoning_content must not be included in messages[${index}]`);
  }
  const required = history === "required-with-tools" && isThinking(body) && objectsOf(body.tools).length > 0;
  if (!required || carries) return undefined;
  return errorResponse(400, "The reasoning_content in the thinking mode must be passed back to the API.");
}

function unknownVariant(
  place: string,
  value: Json | undefined,
  known: readonly string[],
  text: string,
): UpstreamRefusal {
  const expected = known.map((name) => `\`${name}\``).join(", ");
  return undeserializable(`${place}: unknown variant \`${String(value)}\`, expected one of ${expected}`, text, value);
}

function describe(value: Json): string {
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  if (typeof value === "number") return `${Number.isInteger(value) ? "integer" : "floating point"} \`${value}\``;
  if (typeof value === "boolean") return `boolean \`${value}\``;
  return Array.isArray(value) ? "sequence" : "map";
}

/** Names the place as serde does: the end of the offending value, or of the body when something is missing. */
function undeserializable(detail: string, text: string, value: Json | undefined): UpstreamRefusal {
  const written = value === undefined ? "" : JSON.stringify(value);
  const start = written === "" ? -1 : text.lastIndexOf(written);
  const before = start < 0 ? text : text.slice(0, start + written.length);
  const lines = before.split("\n");
  return cannotDeserialize(detail, lines.length, (lines.at(-1) ?? "").length);
}
