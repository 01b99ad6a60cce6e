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
/** What stands around the name and the arguments of one call of a tool, in tokens. */
const PER_CALL = 20;
/** Levels of a tool call whose texts are counted: the call, its function, and arguments that are no text. */
const CALL_LEVELS = 3;
/** Characters of one text that are looked at. */
const MOST_LOOKED_AT = 64 * 1_024;
/** The same of all texts of one conversation: a few ms of work, and more than any context of today holds in words. */
const MOST_LOOKED_AT_IN_ALL = 1_024 * 1_024;
/** Room for an answer where the caller says nothing, in tokens. */
const USUAL_ANSWER = 512;

/** A rough size of a conversation in tokens: to tell a fitting prompt from one that is far too long. */
export function estimateConversation(messages: readonly Json[]): number {
  return estimateMessages(messages).reduce((sum, size) => sum + size, 0);
}

/**
 * The same of each of its messages, in whole tokens, so that the size of the whole is the sum of its parts. The system's
 * are looked at first, then the others from the newest on: what stays of a conversation that loses its oldest turns has
 * the same sizes as before.
 */
export function estimateMessages(messages: readonly Json[]): number[] {
  const look = new Look();
  const sizes = messages.map((message) => (isSystem(message) ? look.atMessage(message) : 0));
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message !== undefined && !isSystem(message)) sizes[index] = look.atMessage(message);
  }
  return sizes;
}

/** Whether a message is the system's: such stay as they are. */
export function isSystem(message: Json): boolean {
  return isJsonObject(message) && (message.role === "system" || message.role === "developer");
}

/**
 * Room that an answer is given in a context, in tokens: what the caller asks for, at most a quarter of it, because many
 * callers ask for far more than they get.
 */
export function answerRoom(body: JsonObject, contextTokens: number): number {
  const asked = body.max_completion_tokens ?? body.max_tokens;
  return Math.min(typeof asked === "number" && asked > 0 ? asked : USUAL_ANSWER, Math.floor(contextTokens / 4));
}

/** A rough size of a text in tokens. */
export function estimateText(text: string): number {
  return new Look().at(text);
}

/**
 * Estimates texts by their share of ASCII, which is taken from a beginning of each, and beyond a total from what was
 * looked at before: nobody can keep the thread busy, with one long text or with many.
 */
class Look {
  #looked = 0;
  #tokens = 0;

  /** @returns whole tokens */
  atMessage(message: Json): number {
    if (!isJsonObject(message)) return PER_MESSAGE;
    const { content, reasoning_content: reasoning, tool_calls: calls } = message;
    const said = typeof reasoning === "string" ? this.at(reasoning) : 0;
    return Math.ceil(PER_MESSAGE + said + this.#atCalls(calls) + this.#atContent(content));
  }

  at(text: string): number {
    if (text === "") return 0;
    const length = Math.min(text.length, MOST_LOOKED_AT);
    if (this.#looked + length > MOST_LOOKED_AT_IN_ALL) return (text.length * this.#tokens) / this.#looked;
    let ascii = 0;
    for (let index = 0; index < length; index++) if (text.charCodeAt(index) < 128) ascii++;
    const tokens = ascii * PER_ASCII + (length - ascii) * PER_OTHER;
    this.#looked += length;
    this.#tokens += tokens;
    return (text.length * tokens) / length;
  }

  #atContent(content: Json | undefined): number {
    if (typeof content === "string") return this.at(content);
    if (!Array.isArray(content)) return 0;
    return (content as readonly Json[]).reduce<number>((sum, part) => {
      if (!isJsonObject(part)) return sum;
      return sum + (typeof part.text === "string" ? this.at(part.text) : PER_IMAGE);
    }, 0);
  }

  #atCalls(calls: Json | undefined): number {
    if (!Array.isArray(calls)) return 0;
    return (calls as readonly Json[]).reduce<number>(
      (sum, call) => sum + PER_CALL + this.#within(call, CALL_LEVELS),
      0,
    );
  }

  /** The texts of a value, its keys left out. */
  #within(value: Json | undefined, levels: number): number {
    if (typeof value === "string") return this.at(value);
    if (typeof value !== "object" || value === null || levels === 0) return 0;
    return Object.values(value).reduce<number>((sum, one) => sum + this.#within(one, levels - 1), 0);
  }
}
