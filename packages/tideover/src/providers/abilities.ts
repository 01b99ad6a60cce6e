import { type Failure, failure, isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import type { Ability } from "./catalogue/preset.ts";
import type { ProviderDefinition } from "./provider.ts";

/** A thing that a request asks for. */
interface Asked {
  readonly ability: Ability;
  /** What an attempt is noted with, as a short stable word. */
  readonly reason: string;
  /** In words that follow "cannot serve this request". */
  readonly why: string;
}

/**
 * What a request asks for that a provider is known to lack: found before anything is sent, and before a place in a
 * queue is taken.
 * @returns the failure by which the next provider is asked; undefined when nothing is known against it
 */
export function lackOf(
  { lacks, name }: Pick<ProviderDefinition, "lacks" | "name">,
  body: JsonObject,
): Failure | undefined {
  if (lacks.length === 0) return undefined;
  for (const { ability, reason, why } of asksFor(body)) {
    if (!lacks.includes(ability)) continue;
    return failure("incompatible", reason, `${name} cannot serve this request. ${why}`, { provider: name });
  }
  return undefined;
}

function* asksFor(body: JsonObject): Generator<Asked, void, undefined> {
  yield* toolsIn(body);
  if (typeof body.n === "number" && body.n > 1) {
    yield { ability: "choices", reason: "several-choices-asked", why: "It writes one answer at a time." };
  }
  if (asksForSomething(body.logprobs) || asksForSomething(body.top_logprobs)) {
    yield { ability: "logprobs", reason: "logprobs-asked", why: "It gives no log probabilities." };
  }
  const format = isJsonObject(body.response_format) ? body.response_format.type : undefined;
  if (format === "json_object") yield { ability: "json", reason: "json-asked", why: "It has no JSON mode." };
  if (format === "json_schema") yield { ability: "schema", reason: "format-asked", why: "It keeps to no JSON schema." };
  const spoken = Array.isArray(body.modalities) && body.modalities.includes("audio");
  if (spoken) yield { ability: "audio", reason: "modality-asked", why: "It writes nothing but text." };
  yield* partsIn(body.messages);
}

function* toolsIn(body: JsonObject): Generator<Asked, void, undefined> {
  const why = "It calls no tools.";
  // Tools that may not be called ask for nothing.
  const mayCall = body.tool_choice !== "none" && asksForSomething(body.tools);
  if (mayCall || isJsonObject(body.tool_choice) || body.tool_choice === "required") {
    yield { ability: "tools", reason: "tools-asked", why };
  }
  if (asksForSomething(body.functions)) yield { ability: "tools", reason: "functions-asked", why };
  const inHistory = messagesOf(body.messages).some(
    ({ role, tool_calls: calls }) => role === "tool" || role === "function" || asksForSomething(calls),
  );
  if (inHistory) {
    yield {
      ability: "tools",
      reason: "tools-asked",
      why: "The conversation holds tool calls, which it does not know.",
    };
  }
}

function* partsIn(messages: Json | undefined): Generator<Asked, void, undefined> {
  for (const { content } of messagesOf(messages)) {
    if (!Array.isArray(content)) continue;
    for (const part of content as readonly Json[]) {
      const type = isJsonObject(part) && typeof part.type === "string" ? part.type : "";
      if (type.includes("image")) yield { ability: "images", reason: "images-asked", why: "It sees no images." };
      if (type.includes("audio")) yield { ability: "audio", reason: "parts-asked", why: "It hears no sound." };
    }
  }
}

function messagesOf(messages: Json | undefined): readonly JsonObject[] {
  return Array.isArray(messages) ? (messages as readonly Json[]).filter(isJsonObject) : [];
}

/** Whether a field of a request asks for something: absent, off, none and empty ones do not. */
export function asksForSomething(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}
