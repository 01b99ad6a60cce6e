import type { AnswerEvent } from "../../engine/answer-stream.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import type { AnswerForm } from "../../engine/ports/answer-form.ts";
import { chatEvent, eventFrom, finishReasonOfChoice } from "./chat-event.ts";
import { AnswerFolder } from "./fold.ts";

/** How stored texts become events of the OpenAI form again. */
export const chatAnswerForm: AnswerForm = {
  read(text) {
    const event = chatEvent(text);
    return "type" in event ? undefined : event;
  },
  fold(events, operation) {
    const folder = new AnswerFolder(operation);
    for (const event of events) folder.add(event);
    return eventFrom(folder.result(), true);
  },
  endedAs,
};

function endedAs(events: readonly AnswerEvent[], reasons: ReadonlySet<string>): boolean {
  for (const event of events) {
    // A mere piece of text neither ends a choice nor calls a tool.
    if (event.piece !== undefined) continue;
    for (const choice of choicesOf(event.json)) {
      const reason = finishReasonOfChoice(choice);
      if (reason !== undefined && !reasons.has(reason)) return false;
      if (callsTool(choice) && !reasons.has("tool_calls")) return false;
    }
  }
  return true;
}

function choicesOf({ choices }: JsonObject): readonly JsonObject[] {
  return Array.isArray(choices) ? (choices as readonly Json[]).filter(isJsonObject) : [];
}

/** Whether a choice calls a tool, whatever its finish reason says: some hosts end such an answer with `stop`. */
function callsTool({ delta, message }: JsonObject): boolean {
  const part = isJsonObject(delta) ? delta : message;
  if (!isJsonObject(part)) return false;
  return (Array.isArray(part.tool_calls) && part.tool_calls.length > 0) || isJsonObject(part.function_call);
}
