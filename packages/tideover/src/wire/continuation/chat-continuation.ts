import type { AnswerContinuation } from "../../engine/ports/continuation.ts";
import { ChatAnswerLog } from "./chat-answer-log.ts";
import type { RequestWriting } from "./continuation-planner.ts";
import { readRequest } from "./read-request.ts";

/** Continues chat answers: the form of OpenAI's chat completions behind the engine's port. */
export function chatContinuation(writing: RequestWriting): AnswerContinuation {
  return {
    follow(request) {
      const broken = readRequest(request);
      return broken === undefined ? undefined : new ChatAnswerLog(request, broken, writing);
    },
  };
}
