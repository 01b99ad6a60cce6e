import { isJsonObject, type JsonObject } from "tideover/engine";
import { continueAnswer, type PrefixBehaviour } from "./continue-answer.ts";
import { conversationText, messageText, objectsOf } from "./conversation.ts";
import { hashText } from "./hash-text.ts";
import { type ContinuationMode, type PartialAnswer, splitConversation } from "./partial-answer.ts";
import { type FinishReason, limitTokens, type PlannedChoice, type PlannedToolCall } from "./planned-answer.ts";
import { valueForSchema } from "./schema-value.ts";
import { firstTextTokens } from "./text-tokens.ts";
import { jsonTokens, takeCharacters } from "./token-list.ts";

/** What the answers of a model depend on besides the request. */
export interface TextRules {
  /** Servers with the same text seed give the same answer to the same conversation, whatever else differs. */
  readonly textSeed: number;
  readonly continuation: ContinuationMode;
  readonly prefixBehaviour: PrefixBehaviour;
}

/** What DeepSeek does, with the text that every default server speaks. */
export const DEFAULT_TEXT_RULES: TextRules = { textSeed: 1, continuation: "beta-prefix", prefixBehaviour: "exact" };

/** Shortest answer when the request gives no hint, and how much longer one may be, in tokens: 60 on average. */
const NATURAL_LENGTH = { least: 45, spread: 31 };
/** The same for reasoning. */
const REASONING_LENGTH = { least: 15, spread: 26 };
/** Share of a hinted length that goes into reasoning. */
const REASONING_SHARE = 0.4;
/** The longest answer; the ceiling that was measured on DeepSeek's own chat endpoint, in tokens. */
const LONGEST_ANSWER = 65_536;
/** Most choices of one request. */
const MOST_CHOICES = 16;
/** How much of the last message's end is searched for a hint, in characters. */
const HINT_WINDOW = 256;

/** The schema of an answer in JSON mode without a schema. */
const ANY_JSON: JsonObject = {
  type: "object",
  properties: {
    title: { type: "string" },
    summary: { type: "string" },
    score: { type: "integer", minimum: 1, maximum: 100 },
    available: { type: "boolean" },
    tags: { type: "array", items: { type: "string", maxLength: 12 }, minItems: 2, maxItems: 3 },
  },
};

/** An answer as it was decided from the request alone, before any fault. */
export interface AnswerPlan {
  readonly choices: readonly PlannedChoice[];
  /** The request brought the beginning of its answer along. */
  readonly continued: boolean;
  /** The conversation without that beginning: what makes two requests the same question. */
  readonly question: string;
}

/** Decides the answer to a chat request. `beta`: it came under `/beta`. */
export function planChat(body: JsonObject, beta: boolean, rules: TextRules): AnswerPlan {
  const { messages, partial } = splitConversation(body, rules.continuation, beta);
  const question = conversationText(messages);
  const thinks = isThinking(body);
  const last = messages.at(-1);
  const hint = hintedLength(body, last === undefined ? "" : messageText(last));
  const choose = (index: number): PlannedChoice => {
    const seed = hashText(question, rules.textSeed + index * 7919);
    const length = hint ?? NATURAL_LENGTH.least + (seed % NATURAL_LENGTH.spread);
    const thought = thinks ? reasoningLength(hint, seed) : 0;
    const reasoning = thinks ? firstTextTokens(seed ^ 0x5bd1e995, thought) : undefined;
    const toolCall = last?.role === "tool" ? undefined : planToolCall(body, seed);
    if (toolCall !== undefined) return { reasoning, content: [], toolCalls: [toolCall], finishReason: "tool_calls" };
    const json = planJson(body, seed);
    const content = json ?? firstTextTokens(seed, hint === undefined ? length : Math.max(0, length - thought));
    return { reasoning, content, toolCalls: [], finishReason: "stop" };
  };
  return finishPlan(body, question, partial, choose, rules);
}

/** Decides the answer to a text completion; with a `suffix` it fills the middle. */
export function planCompletion(body: JsonObject, rules: TextRules): AnswerPlan {
  const prompt = promptText(body);
  const question = typeof body.suffix === "string" ? `${prompt}\u0003${body.suffix}` : prompt;
  const hint = hintedLength(body, prompt);
  const choose = (index: number): PlannedChoice => {
    const seed = hashText(question, rules.textSeed + index * 7919);
    const length = hint ?? NATURAL_LENGTH.least + (seed % NATURAL_LENGTH.spread);
    return { content: firstTextTokens(seed, length), toolCalls: [], finishReason: "stop" };
  };
  const plan = finishPlan(body, question, undefined, choose, rules);
  if (body.echo !== true) return plan;
  return { ...plan, choices: plan.choices.map((choice) => ({ ...choice, content: [prompt, ...choice.content] })) };
}

/** The prompt of a completion; several prompts are taken as one. */
function promptText(body: JsonObject): string {
  return Array.isArray(body.prompt) ? body.prompt.join("\n") : String(body.prompt ?? "");
}

/** Whether the model reasons before it answers: asked for, or implied by its name. */
export function isThinking(body: JsonObject): boolean {
  if (isJsonObject(body.thinking)) return body.thinking.type === "enabled";
  return typeof body.model === "string" && /reasoner|think/i.test(body.model);
}

function finishPlan(
  body: JsonObject,
  question: string,
  partial: PartialAnswer | undefined,
  choose: (index: number) => PlannedChoice,
  rules: TextRules,
): AnswerPlan {
  const wanted = typeof body.n === "number" ? Math.min(MOST_CHOICES, Math.max(1, Math.floor(body.n))) : 1;
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const choices = Array.from({ length: wanted }, (_, index) => {
    let choice = stopAt(choose(index), body);
    if (partial !== undefined) {
      const otherSeed = hashText(
        `${question}\u0004${partial.reasoning}\u0004${partial.content}`,
        rules.textSeed + index,
      );
      choice = continueAnswer(choice, partial, rules.prefixBehaviour, otherSeed);
    }
    return typeof maxTokens === "number" ? limitTokens(choice, maxTokens, "length") : choice;
  });
  return { choices, continued: partial !== undefined, question };
}

/**
 * The answer's length in tokens, where the request states one: `metadata.sim_output_tokens`, or the words
 * `sim_output_tokens=120` at the end of the last message, for paths that strip metadata.
 */
function hintedLength(body: JsonObject, lastText: string): number | undefined {
  const stated = isJsonObject(body.metadata) ? body.metadata.sim_output_tokens : undefined;
  const hint = Number(stated ?? /\bsim_output_tokens=(\d+)/.exec(lastText.slice(-HINT_WINDOW))?.[1] ?? Number.NaN);
  return Number.isFinite(hint) && hint >= 0 ? Math.min(LONGEST_ANSWER, Math.floor(hint)) : undefined;
}

function reasoningLength(hint: number | undefined, seed: number): number {
  if (hint !== undefined) return Math.floor(hint * REASONING_SHARE);
  return REASONING_LENGTH.least + ((seed >>> 8) % REASONING_LENGTH.spread);
}

function planToolCall(body: JsonObject, seed: number): PlannedToolCall | undefined {
  const functions = objectsOf(body.tools).flatMap((tool) => (isJsonObject(tool.function) ? [tool.function] : []));
  if (functions.length === 0 || body.tool_choice === "none") return undefined;
  const named =
    isJsonObject(body.tool_choice) && isJsonObject(body.tool_choice.function) ? body.tool_choice.function : {};
  const chosen = functions.find((candidate) => candidate.name === named.name) ?? functions[0];
  const value = valueForSchema(chosen?.parameters, seed);
  const mark = `${hashText("call", seed).toString(36)}${hashText("call", seed + 1).toString(36)}`;
  return {
    id: `call_00_${mark.padEnd(14, "0")}`,
    name: String(chosen?.name),
    argumentTokens: jsonTokens(JSON.stringify(value)),
  };
}

function planJson(body: JsonObject, seed: number): string[] | undefined {
  const format = isJsonObject(body.response_format) ? body.response_format : {};
  if (format.type === "json_object") return jsonTokens(JSON.stringify(valueForSchema(ANY_JSON, seed)));
  if (format.type !== "json_schema" || !isJsonObject(format.json_schema)) return undefined;
  return jsonTokens(JSON.stringify(valueForSchema(format.json_schema.schema, seed)));
}

/** Cuts the text before the first stop sequence. */
function stopAt(choice: PlannedChoice, body: JsonObject): PlannedChoice {
  if (body.stop === undefined) return choice;
  const stops = (Array.isArray(body.stop) ? body.stop : [body.stop]).filter((stop) => typeof stop === "string");
  if (stops.length === 0) return choice;
  const text = choice.content.join("");
  let end = text.length;
  for (const stop of stops) {
    const found = stop === "" ? -1 : text.indexOf(stop);
    if (found >= 0 && found < end) end = found;
  }
  const finishReason: FinishReason = "stop";
  return end < text.length ? { ...choice, content: takeCharacters(choice.content, end), finishReason } : choice;
}
