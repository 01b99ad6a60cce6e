import { type Failure, failure, isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import { RETIRED_NAMES } from "./catalogue/generic-names.ts";
import type { ThinkingStyle } from "./catalogue/preset.ts";
import type { ProviderDefinition } from "./provider.ts";

/** Top-level members of the request that become others; undefined: left out. */
export type FieldChanges = Map<string, Json | undefined>;

/**
 * Fields that steer accounting, storage or scheduling and never the answer. Where a host refuses one it is dropped,
 * and the request still counts as the caller's own: a 400 cannot come from what was left out.
 */
const ACCOUNTING_FIELDS: ReadonlySet<string> = new Set([
  "metadata",
  "prompt_cache_key",
  "safety_identifier",
  "service_tier",
  "store",
  "user",
  "user_id",
]);

/** Fields that steer how much effort goes into an answer. Where a host refuses one it is dropped, as a translation. */
const EFFORT_FIELDS: ReadonlySet<string> = new Set(["reasoning_effort", "thinking"]);

/**
 * Drops the fields that a host refuses, where the answer stays what was asked for. A field that shapes the answer
 * (`response_format`, `tools`, `logprobs`, `n`, …) is never dropped: the host cannot serve the request then. A field
 * that asks for nothing (null, false) is dropped in any case.
 * @returns whether the request is now another than the caller's, or the failure.
 */
export function dropRefusedFields(
  definition: ProviderDefinition,
  body: JsonObject,
  changes: FieldChanges,
): boolean | Failure {
  let translated = false;
  for (const field of definition.preset.refusesFields) {
    const value = body[field];
    if (value === undefined) continue;
    const asksForNothing = value === null || value === false;
    if (!asksForNothing && !ACCOUNTING_FIELDS.has(field) && !EFFORT_FIELDS.has(field)) {
      return failure("incompatible", "field-refused", `${definition.preset.title} does not accept "${field}".`, {
        provider: definition.name,
      });
    }
    changes.set(field, undefined);
    translated ||= EFFORT_FIELDS.has(field);
  }
  return translated;
}

/**
 * Says to think, or not to, in the host's own way. The retired names `deepseek-chat` and `deepseek-reasoner` said it
 * by themselves, so where the catalogue maps one to another model the field takes its place.
 * @param renamed the catalogue mapped the caller's model name.
 * @returns whether the request is now another than the caller's.
 */
export function translateThinking(
  style: ThinkingStyle,
  requested: string,
  renamed: boolean,
  body: JsonObject,
  changes: FieldChanges,
): boolean {
  const written = body.thinking;
  if (written === undefined && style === "as-is") return false;
  const implied = renamed && Object.hasOwn(RETIRED_NAMES, requested) ? RETIRED_NAMES[requested] : undefined;
  const type = written === undefined ? implied : isJsonObject(written) ? written.type : undefined;
  // What is neither is passed on, for the host to name the mistake.
  if (type !== "enabled" && type !== "disabled") return false;
  const enabled = type === "enabled";
  switch (style) {
    case "as-is":
      return false;
    case "thinking":
      if (written !== undefined) return false;
      changes.set("thinking", { type });
      return true;
    case "unsupported":
      if (written === undefined) return false;
      changes.set("thinking", undefined);
      return true;
    case "enable-thinking":
      changes.set("thinking", undefined);
      if (body.enable_thinking === undefined) changes.set("enable_thinking", enabled);
      return true;
    case "chat-template": {
      const existing = body.chat_template_kwargs;
      changes.set("thinking", undefined);
      changes.set("chat_template_kwargs", { thinking: enabled, ...(isJsonObject(existing) ? existing : {}) });
      return true;
    }
  }
}
