import { isJsonObject, type Json, type JsonObject } from "../engine/index.ts";

/**
 * Tokens per character: some 0.3 of an English one, some 0.6 of a Chinese one (DeepSeek's API documents, "Token & Token
 * Usage"). Other tokenizers differ by a third either way.
 */
const PER_ASCII = 0.3;
const PER_OTHER = 0.6;
/** What a template adds to a message, in tokens: the marks of its role and its end. */
const PER_MESSAGE = 4;
/** A picture, in tokens: between 85 (low detail) and some 1,100 of OpenAI's and Qwen's figures. */
const PER_IMAGE = 800;
/** Characters of one text that are looked at. */
const MOST_LOOKED_AT = 64 * 1_024;
/** Room for an answer where the caller says nothing, in tokens. */
const USUAL_ANSWER = 512;

/** A rough size of a conversation in tokens: to tell a fitting prompt from one that is far too long. */
export function estimateConversation(messages: readonly Json[]): number {
  return Math.ceil(messages.reduce<number>((sum, message) => sum + estimateMessage(message), 0));
}

/** The same of one message. */
export function estimateMessage(message: Json): number {
  if (!isJsonObject(message)) return PER_MESSAGE;
  const { content, reasoning_content: reasoning, tool_calls: calls } = message;
  const texts = [reasoning, calls === undefined ? undefined : JSON.stringify(calls)];
  const said = texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? estimateText(text) : 0), 0);
  return PER_MESSAGE + said + contentTokens(content);
}

/**
 * Room that an answer is given in a context, in tokens: what the caller asks for, at most a quarter of it, because many
 * callers ask for far more than they get.
 */
export function answerRoom(body: JsonObject, contextTokens: number): number {
  const asked = body.max_completion_tokens ?? body.max_tokens;
  return Math.min(typeof asked === "number" && asked > 0 ? asked : USUAL_ANSWER, Math.floor(contextTokens / 4));
}

function contentTokens(content: Json | undefined): number {
  if (typeof content === "string") return estimateText(content);
  if (!Array.isArray(content)) return 0;
  return (content as readonly Json[]).reduce<number>((sum, part) => {
    if (!isJsonObject(part)) return sum;
    return sum + (typeof part.text === "string" ? estimateText(part.text) : PER_IMAGE);
  }, 0);
}

/**
 * A rough size of a text in tokens. By the share of ASCII; that of a very long text is taken from its beginning, so that
 * nobody can keep the thread busy.
 */
export function estimateText(text: string): number {
  const looked = Math.min(text.length, MOST_LOOKED_AT);
  if (looked === 0) return 0;
  let ascii = 0;
  for (let index = 0; index < looked; index++) if (text.charCodeAt(index) < 128) ascii++;
  const perUnit = (ascii * PER_ASCII + (looked - ascii) * PER_OTHER) / looked;
  return text.length * perUnit;
}
