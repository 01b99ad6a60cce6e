import type { AnswerEvent } from "../answer-stream.ts";
import { streamOf } from "../answer-stream.ts";
import type { Call } from "../call.ts";
import { type Failure, failure } from "../failure.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { Answer } from "../outcome.ts";
import type { Service } from "../service.ts";
import { type ComposeAnswer, rungFailure, textAnswer } from "./text-answer.ts";

/** What a handler function may use beside the request. */
export interface HandlerContext {
  /** Aborts when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  readonly tenant: string;
  readonly requestId: string;
}

/**
 * The caller's own way to answer: a rule engine, a second model, a table. It gives a text, a whole chat completion
 * (or completion, or embeddings) object, or undefined (or a blank text) when it has no answer.
 */
export type AnswerHandler = (
  request: JsonObject,
  context: HandlerContext,
) => string | JsonObject | undefined | Promise<string | JsonObject | undefined>;

/** How a whole answer object becomes an event; undefined for an object that is no answer. Bound by the wire. */
export type ComposeWhole = (answer: JsonObject) => AnswerEvent | undefined;

/** Answers with a function. What it throws fails the rung; it never reaches the caller as such. */
export function handler(answer: AnswerHandler, compose: ComposeAnswer, composeWhole: ComposeWhole): Service {
  return async (call) => {
    const context = { signal: call.signal, tenant: call.tenant, requestId: call.id };
    const settled = await Promise.resolve()
      .then(() => answer(call.request.body, context))
      .then(
        (result) => ({ ok: true as const, result }),
        (error: unknown) => ({ ok: false as const, error }),
      );
    if (!settled.ok) return handlerFailed(settled.error);
    const { result } = settled;
    return answerOf(call, result, compose, composeWhole);
  };
}

/** What a handler gave, as the answer that it is. Plain JavaScript may give anything, and a blank is no answer. */
function answerOf(call: Call, result: unknown, compose: ComposeAnswer, composeWhole: ComposeWhole): Answer | Failure {
  if (result === undefined || result === null || (typeof result === "string" && result.trim() === "")) {
    return rungFailure("no-answer", "The handler has no answer to this request.");
  }
  if (typeof result === "string") return textAnswer(call, "handler", result, compose);
  const whole = isJsonObject(result) ? composeWhole(result) : undefined;
  if (whole === undefined) {
    const message = `The handler gave ${kindOf(result)}; it must give a text, a whole answer object with \`choices\` or \`data\`, or undefined.`;
    return failure("fault", "handler-failed", message);
  }
  return { type: "answer", origin: { rung: "handler", degraded: true }, stream: streamOf([whole]) };
}

function kindOf(value: unknown): string {
  if (isJsonObject(value)) return "an object without them";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function handlerFailed(error: unknown): Failure {
  const message = `The handler failed: ${error instanceof Error ? error.message : String(error)}`;
  return failure("fault", "handler-failed", message);
}
