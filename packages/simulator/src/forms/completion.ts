import type { PlannedChoice } from "../text/planned-answer.ts";
import { type AnswerMeta, type Frame, type FrameOptions, grouped, interleaved } from "./answer-meta.ts";
import { completionLogprobs } from "./logprobs.ts";

const opening = (meta: AnswerMeta) =>
  `{"id":"${meta.id}","object":"text_completion","created":${meta.created},"model":${JSON.stringify(meta.model)},"system_fingerprint":"${meta.fingerprint}","choices":[`;

/** The chunks of a streamed text completion. @param content replaces the text of every choice. */
export function* completionChunks(
  choices: readonly PlannedChoice[],
  meta: AnswerMeta,
  options: FrameOptions,
  content?: Iterable<string>,
): Generator<Frame> {
  const before = opening(meta);
  const usageNull = options.usageNull ? ',"usage":null' : "";

  function* choiceFrames(choice: PlannedChoice, index: number, last: boolean): Generator<Frame> {
    let offset = 0;
    for (const group of grouped(content ?? choice.content, options.tokensPerChunk)) {
      const text = group.join("");
      const logprobs = completionLogprobs(group, options.topLogprobs, offset);
      offset += text.length;
      const json = `${before}{"index":${index},"text":${JSON.stringify(text)},"logprobs":${logprobs},"finish_reason":null}]${usageNull}}`;
      yield { json, tokens: group.length, part: "content" };
    }
    const usage = last && options.usageOnFinish ? `,"usage":${options.usage}` : usageNull;
    const json = `${before}{"index":${index},"text":"","logprobs":null,"finish_reason":"${choice.finishReason}"}]${usage}}`;
    yield { json, tokens: 0, part: "finish" };
  }

  yield* interleaved(choices.map((choice, index) => choiceFrames(choice, index, index === choices.length - 1)));
  if (options.usageTrailing) yield { json: `${before}],"usage":${options.usage}}`, tokens: 0, part: "usage" };
}

/** The whole text completion in one JSON document. `usage`: its JSON text. */
export function completionDocument(
  choices: readonly PlannedChoice[],
  meta: AnswerMeta,
  usage: string,
  topLogprobs: number | undefined,
): string {
  const rendered = choices.map((choice, index) => {
    const logprobs = completionLogprobs(choice.content, topLogprobs, 0);
    return `{"index":${index},"text":${JSON.stringify(choice.content.join(""))},"logprobs":${logprobs},"finish_reason":"${choice.finishReason}"}`;
  });
  return `${opening(meta)}${rendered.join(",")}],"usage":${usage}}`;
}
