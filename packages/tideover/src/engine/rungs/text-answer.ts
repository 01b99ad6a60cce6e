import { type AnswerEvent, streamOf } from "../answer-stream.ts";
import type { Call, Operation } from "../call.ts";
import { type Failure, failure } from "../failure.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { Answer } from "../outcome.ts";
import type { RungName } from "../provenance.ts";

/** The operations whose answer is a text. */
export type TextOperation = Exclude<Operation, "embeddings">;

/** Puts a text into the form of an answer to this call: events of the OpenAI form. Bound by the wire. */
export type ComposeAnswer = (call: Call, text: string, operation: TextOperation) => readonly AnswerEvent[];

/** An answer of a last-resort rung: whole at once, and always degraded. A text is no answer to a call for embeddings. */
export function textAnswer(call: Call, rung: RungName, text: string, compose: ComposeAnswer): Answer | Failure {
  const { operation } = call.request;
  if (operation === "embeddings")
    return rungFailure("not-text", "Embeddings were asked for, and this rung has only text.");
  return { type: "answer", origin: { rung, degraded: true }, stream: streamOf(compose(call, text, operation)) };
}

/** A rung's own failure: the ladder goes on. */
export function rungFailure(reason: string, message: string): Failure {
  return failure("incompatible", reason, message);
}

/** The request's `metadata`, which rules and templates read; an empty object where there is none. */
export function metadataOf(call: Call): JsonObject {
  const metadata = call.request.body.metadata;
  return isJsonObject(metadata) ? metadata : {};
}

/**
 * Why a prepared text cannot serve this call; undefined when it can. A caller who asked for JSON, a schema or tools
 * must not get prose.
 */
export function unfitText(call: Call, text: string): Failure | undefined {
  const { body, operation } = call.request;
  if (operation === "embeddings")
    return rungFailure("not-text", "Embeddings were asked for, and this rung has only text.");
  const tools = body.tools;
  if (Array.isArray(tools) && tools.length > 0 && body.tool_choice !== "none") {
    return rungFailure("tools-asked", "Tools were asked for, and this rung has only text.");
  }
  const format = body.response_format;
  if (!isJsonObject(format) || format.type === "text" || format.type === undefined) return undefined;
  if (format.type === "json_object" && isJsonText(text)) return undefined;
  return rungFailure("format-asked", `The format ${String(format.type)} was asked for, which this rung's text is not.`);
}

function isJsonText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
