import type { Call } from "../call.ts";
import type { Json, JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import type { Service } from "../service.ts";
import { type ComposeAnswer, metadataOf, rungFailure, textAnswer, unfitText } from "./text-answer.ts";

/** `{{metadata.name}}`, with a dotted path. */
const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*\}\}/g;

/**
 * A text with fields of the request's `metadata` filled in; a field that is missing fails the rung.
 * @param given told of each text that is given
 */
export function template(
  text: string,
  compose: ComposeAnswer,
  given?: ((call: Call, text: string) => void) | undefined,
): Service {
  return (call) => {
    const filled = fill(text, { metadata: metadataOf(call), model: call.request.model });
    if (typeof filled !== "string") {
      const message = `The template needs ${filled.missing}, which the request does not carry.`;
      return Promise.resolve(rungFailure("field-missing", message));
    }
    const outcome = unfitText(call, filled) ?? textAnswer(call, "template", filled, compose);
    if (outcome.type === "answer") given?.(call, filled);
    return Promise.resolve(outcome);
  };
}

/** The filled text, or the first field that is missing. */
function fill(text: string, facts: JsonObject): string | { missing: string } {
  let missing: string | undefined;
  const filled = text.replace(PLACEHOLDER, (_, path: string) => {
    const value = show(lookUp(facts, path));
    if (value === undefined) missing ??= path;
    return value ?? "";
  });
  return missing === undefined ? filled : { missing };
}

function lookUp(facts: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = facts;
  for (const member of path.split(".")) {
    if (!isJsonObject(value) || !Object.hasOwn(value, member)) return undefined;
    value = value[member];
  }
  return value;
}

function show(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (Array.isArray(value)) return value.map((item) => show(item) ?? "").join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
