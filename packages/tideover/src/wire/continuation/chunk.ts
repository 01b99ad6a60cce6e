import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS } from "../chat/chat-event.ts";

/** The members that say which answer a chunk belongs to. */
const IDENTITY = ["id", "created", "model", "system_fingerprint"] as const;
/** All that hosts send of reasoning; the last is OpenRouter's. */
const ALL_REASONING = [...REASONING_MEMBERS, "reasoning_details"] as const;

/** The only choice of a chunk; undefined where it has none. */
export function choiceOf(chunk: JsonObject): JsonObject | undefined {
  const first = Array.isArray(chunk.choices) ? (chunk.choices[0] as Json | undefined) : undefined;
  return isJsonObject(first) ? first : undefined;
}

/** The delta of a chunk's choice; empty where it has none. */
export function deltaOf(choice: JsonObject): JsonObject {
  return isJsonObject(choice.delta) ? choice.delta : {};
}

/** The member of a delta that holds its reasoning text; undefined when it has none. */
export function reasoningMember(delta: JsonObject): string | undefined {
  return REASONING_MEMBERS.find((name) => textOf(delta[name]) !== "");
}

/** A text, or nothing where there is none. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Whether a delta holds what is neither a plain text nor reasoning: calls, a refusal, a list of parts. */
export function holdsMoreThanText(delta: JsonObject): boolean {
  const calls = delta.tool_calls;
  return (
    (Array.isArray(calls) && calls.length > 0) ||
    isJsonObject(delta.function_call) ||
    textOf(delta.refusal) !== "" ||
    Array.isArray(delta.content)
  );
}

/** The identity that a chunk states. */
export function identityOf(chunk: JsonObject): JsonObject {
  const stated = IDENTITY.flatMap((name) => (isMissing(chunk[name]) ? [] : [[name, chunk[name]] as const]));
  return Object.fromEntries(stated);
}

/** The chunk as one of the answer of that identity. */
export function withIdentity(chunk: JsonObject, identity: JsonObject): JsonObject {
  const others: Record<string, Json | undefined> = { ...chunk };
  for (const name of IDENTITY) delete others[name];
  return { ...identity, ...others };
}

/** The chunk with another delta in its choice. */
export function withDelta(chunk: JsonObject, choice: JsonObject, delta: JsonObject): JsonObject {
  return { ...chunk, choices: [{ ...choice, delta }] };
}

/** The delta without role, which was said before, and, where `reasoning` is set, without reasoning. */
export function withoutPreamble(delta: JsonObject, reasoning: boolean): JsonObject {
  const kept: Record<string, Json | undefined> = { ...delta };
  delete kept.role;
  if (reasoning) for (const name of ALL_REASONING) delete kept[name];
  return kept;
}

/** Whether a chunk tells the reader anything: some part of an answer, its end, or its usage. */
export function saysAnything(chunk: JsonObject): boolean {
  if (isJsonObject(chunk.usage)) return true;
  const choice = choiceOf(chunk);
  if (choice === undefined) return false;
  return finishReasonOfChoice(choice) !== undefined || Object.values(deltaOf(choice)).some((value) => !isEmpty(value));
}

function isEmpty(value: Json | undefined): boolean {
  return isMissing(value) || (Array.isArray(value) && value.length === 0);
}

function isMissing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "";
}
