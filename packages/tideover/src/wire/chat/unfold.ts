import type { AnswerEvent } from "../../engine/answer-stream.ts";
import type { Operation } from "../../engine/call.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { eventFrom, REASONING_MEMBERS } from "./chat-event.ts";

/**
 * A whole answer as the chunks of a stream, for a caller who asked for one: per choice the role with the reasoning,
 * the content, each tool call, the finish; then, where the answer has it, a trailing usage chunk (which
 * `hideInjectedUsage` removes for a caller who did not ask for it). Folding the chunks gives the same answer.
 *
 * Embeddings have no streamed form: their document comes back as the one whole event it is.
 */
export function unfold(whole: JsonObject, operation: Operation): AnswerEvent[] {
  if (operation === "embeddings") return [eventFrom(whole, true)];
  const { choices, usage, object: _, ...head } = whole;
  const form = operation === "chat" ? "chat.completion.chunk" : "text_completion";
  const chunk = (list: readonly Json[], members: JsonObject = {}) =>
    eventFrom({ ...head, object: form, choices: list, ...members }, false);

  const parts = (Array.isArray(choices) ? (choices as readonly Json[]) : []).flatMap((choice, position) =>
    isJsonObject(choice) ? unfoldChoice(choice, position) : [],
  );
  const events = parts.map((part) => chunk([part]));
  if (isJsonObject(usage)) events.push(chunk([], { usage }));
  else if (events.length === 0) events.push(chunk([]));
  return events;
}

/** The choices of the chunks that one whole choice becomes. */
function unfoldChoice(choice: JsonObject, position: number): JsonObject[] {
  const { index: ownIndex, message, text, logprobs, finish_reason: finishReason = null, ...others } = choice;
  const index = typeof ownIndex === "number" ? ownIndex : position;
  const probabilities = logprobs === undefined ? {} : { logprobs };
  if (text !== undefined) {
    return [
      { index, text, ...probabilities, finish_reason: null },
      { index, text: "", finish_reason: finishReason, ...others },
    ];
  }
  const deltas = unfoldMessage(isJsonObject(message) ? message : {});
  const finish = { index, delta: {}, finish_reason: finishReason, ...others };
  return [
    ...deltas.map((delta, at) => ({ index, delta, ...(at === 0 ? probabilities : {}), finish_reason: null })),
    finish,
  ];
}

function unfoldMessage(message: JsonObject): JsonObject[] {
  const { role = "assistant", tool_calls: toolCalls, ...texts } = message;
  const calls = Array.isArray(toolCalls) ? (toolCalls as readonly Json[]).filter(isJsonObject) : [];
  const said = calls.length > 0 || toolCalls === undefined ? texts : { ...texts, tool_calls: toolCalls };
  const deltas: JsonObject[] = [];
  const reasoning = REASONING_MEMBERS.filter((name) => typeof said[name] === "string" && said[name] !== "");
  if (reasoning.length > 0) {
    deltas.push({ role, content: null, ...Object.fromEntries(reasoning.map((name) => [name, said[name]])) });
    deltas.push(
      Object.fromEntries(Object.entries(said).filter(([name]) => !reasoning.some((other) => other === name))),
    );
  } else {
    deltas.push({ role, ...said });
  }
  for (const [index, call] of calls.entries()) deltas.push({ tool_calls: [{ index, ...call }] });
  return deltas;
}
