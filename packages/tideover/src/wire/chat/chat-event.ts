import type { AnswerEvent, Substance, Usage } from "../../engine/answer-stream.ts";
import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { parseJson } from "./json-text.ts";

/** The text members of a delta, a message or a completion choice that carry answer substance. */
export const TEXT_MEMBERS = ["content", "reasoning_content", "reasoning", "text", "refusal"] as const;
export type TextMember = (typeof TEXT_MEMBERS)[number];

/** The text members that hold reasoning, in the order in which they are looked for. */
export const REASONING_MEMBERS = ["reasoning_content", "reasoning"] as const;

/**
 * The event that a JSON text holds; the text is kept as it is and parsed once, here.
 * @returns a fault `malformed-frame` when the text is no JSON object.
 */
export function chatEvent(data: string): AnswerEvent | Failure {
  const json = parseJson(data);
  if (!isJsonObject(json)) {
    return failure("fault", "malformed-frame", "A chunk of the provider's answer is not a JSON object.");
  }
  return eventOf(data, json, isWholeAnswer(json), finishReasonOf(json));
}

/** The event of a JSON object that this process made; its text is written on first use. */
export function eventFrom(json: JsonObject, whole: boolean): AnswerEvent {
  let data: string | undefined;
  return {
    // An accessor of the object itself: a copy by spread has the text, too.
    get data() {
      data ??= JSON.stringify(json);
      return data;
    },
    json,
    whole,
    substance: readSubstance(json),
    finishReason: finishReasonOf(json),
    usage: readUsage(json),
  };
}

/** The event of a text that is parsed already; `finishReason` where the reader of the stream knows better. */
export function eventOf(data: string, json: JsonObject, whole: boolean, finishReason: string | undefined): AnswerEvent {
  return { data, json, whole, substance: readSubstance(json), finishReason, usage: readUsage(json) };
}

/**
 * How much of an answer a chunk or a whole document carries: content when any choice has a text that is not only
 * white space, or a tool or function call; blank when all it has is white space. Embeddings are content.
 */
export function readSubstance(json: JsonObject): Substance {
  const choices = json.choices;
  if (!Array.isArray(choices)) {
    return Array.isArray(json.data) && json.data.length > 0 ? "content" : "none";
  }
  let substance: Substance = "none";
  for (const choice of choices as readonly Json[]) {
    if (!isJsonObject(choice)) continue;
    const found = substanceOf(isJsonObject(choice.delta) ? choice.delta : choice.message, choice.text);
    if (found === "content") return found;
    if (found === "blank") substance = found;
  }
  return substance;
}

function substanceOf(part: Json | undefined, completionText: Json | undefined): Substance {
  let substance = substanceOfText(completionText);
  if (substance === "content" || !isJsonObject(part)) return substance;
  for (const name of TEXT_MEMBERS) {
    const found = substanceOfText(part[name]);
    if (found === "content") return found;
    if (found === "blank") substance = found;
  }
  if (Array.isArray(part.tool_calls) && part.tool_calls.length > 0) return "content";
  return isJsonObject(part.function_call) ? "content" : substance;
}

/** How much of an answer a text member carries; anything but a text or a list of parts is none. */
export function substanceOfText(value: Json | undefined): Substance {
  if (typeof value === "string") {
    if (value === "") return "none";
    return /\S/.test(value) ? "content" : "blank";
  }
  if (!Array.isArray(value)) return "none";
  // Some hosts give content as a list of parts: of text, or of something that no text says.
  let substance: Substance = "none";
  for (const part of value as readonly Json[]) {
    const found = isJsonObject(part) && typeof part.text === "string" ? substanceOfText(part.text) : "content";
    if (found === "content") return found;
    if (found === "blank") substance = found;
  }
  return substance;
}

/**
 * Token counts of a chunk or document: from `usage`, or from the finished choice's own `usage`, where Moonshot
 * puts it. Undefined where there is none.
 */
export function readUsage(json: JsonObject): Usage | undefined {
  const usage = usageObject(json);
  if (usage === undefined) return undefined;
  const cached = cachedTokens(usage);
  return {
    promptTokens: tokenCount(usage.prompt_tokens),
    completionTokens: tokenCount(usage.completion_tokens),
    ...(cached === undefined ? {} : { cachedPromptTokens: cached }),
  };
}

/** Prompt tokens from the prefix cache: DeepSeek's own member, or OpenAI's. Undefined where the host says nothing. */
function cachedTokens({
  prompt_cache_hit_tokens: hit,
  prompt_tokens_details: details,
}: JsonObject): number | undefined {
  if (typeof hit === "number") return tokenCount(hit);
  return isJsonObject(details) && typeof details.cached_tokens === "number"
    ? tokenCount(details.cached_tokens)
    : undefined;
}

/** The usage object itself, with all that the provider put into it. */
export function usageObject(json: JsonObject): JsonObject | undefined {
  if (isJsonObject(json.usage)) return json.usage;
  const first = Array.isArray(json.choices) ? (json.choices[0] as Json | undefined) : undefined;
  return isJsonObject(first) && isJsonObject(first.usage) ? first.usage : undefined;
}

function tokenCount(value: Json | undefined): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

/**
 * Whether it is a whole answer in one document rather than a chunk: a choice has a message, or there are no choices
 * but data.
 */
export function isWholeAnswer(json: JsonObject): boolean {
  if (!Array.isArray(json.choices)) return Array.isArray(json.data);
  const first = json.choices[0] as Json | undefined;
  return isJsonObject(first) && isJsonObject(first.message) && !isJsonObject(first.delta);
}

/** The finish reason of one choice. Some hosts write an empty text for "not yet". */
export function finishReasonOfChoice(choice: JsonObject): string | undefined {
  const reason = choice.finish_reason;
  return typeof reason === "string" && reason !== "" ? reason : undefined;
}

/** The finish reason when every choice that the object holds is finished: the last one's. */
export function finishReasonOf(json: JsonObject): string | undefined {
  if (!Array.isArray(json.choices)) return undefined;
  let last: string | undefined;
  for (const choice of json.choices as readonly Json[]) {
    if (!isJsonObject(choice)) continue;
    last = finishReasonOfChoice(choice);
    if (last === undefined) return undefined;
  }
  return last;
}
