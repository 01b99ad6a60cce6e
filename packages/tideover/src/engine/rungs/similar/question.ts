import type { CallRequest } from "../../call.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { canonicalRequest } from "../../layers/cache/canonical-request.ts";
import { MOST_QUESTION_LENGTH } from "./defaults.ts";

/** A request taken apart: what is asked, and all that must be the same for another question's answer to do. */
export interface Question {
  readonly text: string;
  /** System prompt, model, parameters: the canonical request without what is asked. */
  readonly frame: string;
}

const SYSTEM_ROLES: ReadonlySet<Json | undefined> = new Set(["system", "developer"]);

/**
 * What a request asks. Undefined for one that cannot be compared by its text: with images or tools, in a language of
 * tokens, or too long.
 */
export function questionOf(request: CallRequest): Question | undefined {
  const { body, operation } = request;
  if (body.tools !== undefined || body.functions !== undefined) return undefined;
  const taken = operation === "chat" ? conversation(body) : operation === "completions" ? prompt(body) : undefined;
  if (taken === undefined || taken.text.trim() === "" || taken.text.length > MOST_QUESTION_LENGTH) return undefined;
  return { text: taken.text, frame: canonicalRequest({ ...request, body: { ...body, ...taken.rest } }) };
}

interface Taken {
  readonly text: string;
  /** The members that held it, without it. */
  readonly rest: JsonObject;
}

function prompt({ prompt: text }: JsonObject): Taken | undefined {
  return typeof text === "string" ? { text, rest: { prompt: null } } : undefined;
}

function conversation({ messages }: JsonObject): Taken | undefined {
  if (!Array.isArray(messages)) return undefined;
  const system: Json[] = [];
  const said: string[] = [];
  for (const message of messages as readonly Json[]) {
    if (!isJsonObject(message)) return undefined;
    if (SYSTEM_ROLES.has(message.role)) system.push(message);
    else {
      const text = textOf(message.content);
      if (text === undefined) return undefined;
      said.push(`${String(message.role)}: ${text}`);
    }
  }
  return { text: said.join("\n"), rest: { messages: system } };
}

/** The text of a message's content; undefined when it holds anything else. */
function textOf(content: Json | undefined): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const parts = (content as readonly Json[]).map((part) => (isJsonObject(part) ? part.text : undefined));
  return parts.every((part) => typeof part === "string") ? parts.join("\n") : undefined;
}
