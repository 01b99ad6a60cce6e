import { type CallRequest, type Failure, failure, isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import { INSTRUCTION } from "../wire/index.ts";
import type { ProviderDefinition } from "./provider.ts";
import type { FieldChanges } from "./request-fields.ts";

/** A conversation whose last message is to be continued, as a host wants it. */
export interface TranslatedPrefix {
  readonly messages: readonly Json[];
  /** It is asked for at the host's beta path. */
  readonly beta: boolean;
  /** The request is now another than the caller's. */
  readonly translated: boolean;
  /** How the host is asked for the rest of a broken answer: one of its modes, or `restart` for the answer begun anew. */
  readonly mode?: string | undefined;
}

/** The top-level members that the exact modes set. */
const FLAGS = ["continue_final_message", "add_generation_prompt", "prefix"] as const;

/** The last message, when it is an assistant's that is to be continued (`prefix: true`, DeepSeek's form). */
export function prefixMessage(messages: readonly Json[]): JsonObject | undefined {
  const last = messages.at(-1);
  return isJsonObject(last) && last.role === "assistant" && last.prefix === true ? last : undefined;
}

/**
 * Brings DeepSeek's form of continuing an answer (`prefix: true` on the last message) to a host's own form. A host
 * whose way is not known for sure would start the answer again without a word, so it is not asked.
 * @param last what {@link prefixMessage} gave for these messages.
 */
export function translatePrefix(
  definition: ProviderDefinition,
  messages: readonly Json[],
  last: JsonObject,
  changes: FieldChanges,
): TranslatedPrefix | Failure {
  const { mode, evidence, reasoning } = definition.continuation;
  const exact = mode !== "none" && mode !== "instruction" && evidence !== "assumed";
  if (!exact) {
    return unsupported(definition, `${definition.preset.title} is not known to continue a given text exactly.`);
  }
  let message = last;
  const thought = message.reasoning_content;
  if (reasoning !== true && typeof thought === "string" && thought !== "") {
    if (message.content === "" || message.content === null || message.content === undefined) {
      return unsupported(definition, `${definition.preset.title} cannot continue a given reasoning.`);
    }
    message = without(message, "reasoning_content");
  }
  const ending = (changed: JsonObject): readonly Json[] => [...messages.slice(0, -1), changed];
  switch (mode) {
    case "beta-prefix":
    case "message-prefix": {
      const same = message === last;
      return { messages: same ? messages : ending(message), beta: mode === "beta-prefix", translated: !same };
    }
    case "message-partial":
      return { messages: ending({ ...without(message, "prefix"), partial: true }), beta: false, translated: true };
    case "bare-assistant":
      return { messages: ending(without(message, "prefix")), beta: false, translated: true };
    case "continue-final-message":
      changes.set("continue_final_message", true);
      changes.set("add_generation_prompt", false);
      return { messages: ending(without(message, "prefix")), beta: false, translated: true };
    case "body-prefix": {
      const { content } = message;
      if (typeof content !== "string") {
        return unsupported(definition, `${definition.preset.title} continues a plain text only.`);
      }
      changes.set("prefix", content);
      return { messages: messages.slice(0, -1), beta: false, translated: true };
    }
  }
}

/**
 * Brings a request for the rest of a broken answer to a host's own form: an exact one where there is text to go on
 * from and the host has one; the conversation alone where there is none; an instruction where that will do.
 */
export function translateContinuation(
  definition: ProviderDefinition,
  messages: readonly Json[],
  last: JsonObject,
  { restart, instruct }: NonNullable<CallRequest["continuation"]>,
  changes: FieldChanges,
): TranslatedPrefix | Failure {
  const { mode } = definition.continuation;
  const before = messages.slice(0, -1);
  const exact = translatePrefix(definition, messages, last, changes);
  if (restart && last.content === "" && ("type" in exact || last.reasoning_content === undefined)) {
    for (const name of FLAGS) changes.delete(name);
    return { messages: before, beta: false, translated: true, mode: "restart" };
  }
  if ("type" in exact && mode === "instruction" && instruct !== undefined) {
    const told = [...before, { role: "assistant", content: instruct }, { role: "user", content: INSTRUCTION }];
    return { messages: told, beta: false, translated: true, mode };
  }
  return "type" in exact ? exact : { ...exact, translated: true, mode };
}

/** Whether a host can be asked for the rest of a broken answer in the way that the request allows. */
export function canContinue(definition: ProviderDefinition, { body, continuation }: CallRequest): boolean {
  const messages = body.messages;
  const last = Array.isArray(messages) ? prefixMessage(messages) : undefined;
  if (last === undefined || continuation === undefined || !Array.isArray(messages)) return false;
  return !("type" in translateContinuation(definition, messages, last, continuation, new Map()));
}

function unsupported(definition: ProviderDefinition, message: string): Failure {
  return failure("incompatible", "continuation-unsupported", message, { provider: definition.name });
}

function without(message: JsonObject, field: string): JsonObject {
  const { [field]: _dropped, ...rest } = message;
  return rest;
}
