import type { PlannedChoice } from "../text/planned-answer.ts";
import type { AnswerMeta } from "./answer-meta.ts";
import { chatLogprobs } from "./logprobs.ts";

/** The whole chat answer in one JSON document. `usage`: its JSON text. */
export function chatDocument(
  choices: readonly PlannedChoice[],
  meta: AnswerMeta,
  usage: string,
  topLogprobs: number | undefined,
): string {
  const rendered = choices.map((choice, index) => {
    const message = {
      role: "assistant",
      content: choice.content.join(""),
      ...(choice.reasoning === undefined ? {} : { reasoning_content: choice.reasoning.join("") }),
      ...(choice.toolCalls.length === 0
        ? {}
        : {
            tool_calls: choice.toolCalls.map((call, position) => ({
              index: position,
              id: call.id,
              type: "function",
              function: { name: call.name, arguments: call.argumentTokens.join("") },
            })),
          }),
    };
    const logprobs = chatLogprobs(choice.content, choice.reasoning, topLogprobs);
    return `{"index":${index},"message":${JSON.stringify(message)},"logprobs":${logprobs},"finish_reason":"${choice.finishReason}"}`;
  });
  return `{"id":"${meta.id}","object":"chat.completion","created":${meta.created},"model":${JSON.stringify(meta.model)},"choices":[${rendered.join(",")}],"usage":${usage},"system_fingerprint":"${meta.fingerprint}"}`;
}
