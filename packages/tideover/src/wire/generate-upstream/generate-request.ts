import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { plainText } from "../chat/plain-text.ts";
import { ANSWER_TOKENS, MOST_STOPS } from "./defaults.ts";
import { type PromptTemplate, type Turn, writePrompt } from "./prompt-template.ts";

/** A chat request in the terms of KServe's and Triton's generate extension. */
export interface GenerateRequest {
  readonly type: "generate-request";
  readonly body: JsonObject;
  /** The text that the model gets; some servers repeat it in front of the answer. */
  readonly prompt: string;
  /** Texts that end the answer: the caller's and the template's. */
  readonly stops: readonly string[];
  readonly maxTokens: number;
}

/** What of a request cannot be said there. */
export interface GenerateFlaw {
  readonly type: "generate-flaw";
  /** A short stable word, as in failures. */
  readonly reason: string;
  readonly message: string;
}

/** Fields that go over by their name. Triton's parameters are texts, numbers and booleans only. */
const NUMBERS = ["temperature", "top_p", "seed", "frequency_penalty", "presence_penalty"] as const;

/**
 * Translates a chat request. The endpoint takes one text: there are no tools, no pictures and no formats in it.
 *
 * Source: Triton Inference Server, "Generate Extension" (docs/protocol/extension_generate.md); the names of parameters
 * are those of its vLLM backend (SamplingParams), of which TensorRT-LLM's ensemble reads `max_tokens`, `temperature`,
 * `top_p` and `stream`, and ignores the others.
 */
export function generateRequestOf(
  body: JsonObject,
  template: PromptTemplate,
  stream: boolean,
): GenerateRequest | GenerateFlaw {
  const conversation = readTurns(body.messages);
  if ("type" in conversation) return conversation;
  const { turns, begun } = conversation;
  const prompt = writePrompt(template, turns, begun);
  const asked = stopsIn(body.stop);
  if (asked.length > MOST_STOPS)
    return flaw("too-many-stops", `stop holds ${asked.length} texts; ${MOST_STOPS} at most.`);
  const maxTokens = smallest(body.max_tokens, body.max_completion_tokens) ?? ANSWER_TOKENS;
  const parameters: Record<string, Json> = { stream, max_tokens: maxTokens };
  for (const name of NUMBERS) if (typeof body[name] === "number") parameters[name] = body[name];
  // A parameter holds one text, no list. What the server does not stop at is cut off here, whatever it understands.
  const [stop] = asked;
  if (asked.length === 1 && stop !== undefined) parameters.stop = stop;
  return {
    type: "generate-request",
    body: { text_input: prompt.text, parameters },
    prompt: prompt.text,
    stops: [...asked, ...prompt.ends],
    maxTokens,
  };
}

interface Conversation {
  readonly turns: readonly Turn[];
  readonly begun: string;
}

function readTurns(messages: Json | undefined): Conversation | GenerateFlaw {
  if (!Array.isArray(messages) || messages.length === 0) {
    return flaw("messages-unreadable", "messages must be a list with at least one message.");
  }
  const turns: Turn[] = [];
  let begun = "";
  for (const [index, message] of (messages as readonly Json[]).entries()) {
    const turn = isJsonObject(message) ? readTurn(message) : undefined;
    if (turn === undefined) return flaw("messages-unreadable", `messages[${index}] has no known role or no text.`);
    const isBegun = index === messages.length - 1 && isJsonObject(message) && message.prefix === true;
    if (isBegun && turn.role === "assistant") begun = turn.text;
    else turns.push(turn);
  }
  return { turns, begun };
}

function readTurn({ role, content }: JsonObject): Turn | undefined {
  const text = plainText(content);
  if (text === undefined) return undefined;
  if (role === "user" || role === "assistant") return { role, text };
  return role === "system" || role === "developer" ? { role: "system", text } : undefined;
}

function stopsIn(stop: Json | undefined): string[] {
  const list = Array.isArray(stop) ? (stop as readonly Json[]) : [stop];
  return list.filter((one): one is string => typeof one === "string" && one !== "");
}

function smallest(...values: readonly (Json | undefined)[]): number | undefined {
  const known = values.filter((value): value is number => typeof value === "number" && value > 0);
  return known.length === 0 ? undefined : Math.min(...known);
}

function flaw(reason: string, message: string): GenerateFlaw {
  return { type: "generate-flaw", reason, message };
}
