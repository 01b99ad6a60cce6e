import { type Failure, failure } from "../../engine/failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice } from "./chat-event.ts";

/**
 * Finish reasons that say that the text is partial, with the reason of the failure they become.
 * - `insufficient_system_resource`: DeepSeek's back end ran short (its API reference).
 * - `error`: OpenRouter, for errors after the start of a stream (its page on errors).
 * - `abort`: vLLM and SGLang, for a request that the server gave up.
 */
const BROKEN_FINISHES: ReadonlyMap<string, string> = new Map([
  ["insufficient_system_resource", "insufficient_system_resource"],
  ["error", "finish-error"],
  ["abort", "finish-abort"],
]);

/**
 * The error object that a chunk or a document carries, unwrapped: the value of `error`, of a choice's `error`
 * (OpenRouter), or the object itself in the flat forms (`{"object":"error",…}` of vLLM, `{code, message}` of
 * SiliconFlow). An `error` that is a text becomes `{ message }`.
 */
export function findError(json: JsonObject): JsonObject | undefined {
  const own = errorMember(json.error);
  if (own !== undefined) return own;
  if (json.object === "error") return json;
  if (!Array.isArray(json.choices)) return isFlatError(json) ? json : undefined;
  for (const choice of json.choices as readonly Json[]) {
    const found = isJsonObject(choice) ? errorMember(choice.error) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function errorMember(value: Json | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  return typeof value === "string" && value !== "" ? { message: value } : undefined;
}

function isFlatError(json: JsonObject): boolean {
  return (
    typeof json.message === "string" && !Array.isArray(json.data) && (json.code !== undefined || json.type === "error")
  );
}

/** The fault of a finish reason that says that the answer is partial; undefined when every finish is a good one. */
export function findBrokenFinish(json: JsonObject): Failure | undefined {
  if (!Array.isArray(json.choices)) return undefined;
  for (const choice of json.choices as readonly Json[]) {
    const finish = isJsonObject(choice) ? finishReasonOfChoice(choice) : undefined;
    const reason = finish === undefined ? undefined : BROKEN_FINISHES.get(finish);
    if (reason === undefined) continue;
    return failure("fault", reason, `The provider gave up in the middle of the answer (finish reason ${finish}).`);
  }
  return undefined;
}

/** The same chunk without error and finish: what is left is the text that arrived with them. */
export function withoutEnd(json: JsonObject): JsonObject {
  const rest: Record<string, Json | undefined> = { ...json };
  delete rest.error;
  if (!Array.isArray(json.choices)) return rest;
  rest.choices = (json.choices as readonly Json[]).map((choice) => {
    if (!isJsonObject(choice)) return choice;
    const open: Record<string, Json | undefined> = { ...choice, finish_reason: null };
    delete open.error;
    return open;
  });
  return rest;
}
