import type { PlannedChoice, PlannedToolCall } from "../text/planned-answer.ts";
import { type AnswerMeta, type Frame, type FrameOptions, grouped, interleaved } from "./answer-meta.ts";
import { chatLogprobs } from "./logprobs.ts";

/**
 * The chunks of a streamed chat answer, in DeepSeek's order: role, reasoning, content or tool call, finish, usage.
 * Made one by one, because an answer may be endless.
 * @param content replaces the content of every choice.
 */
export function chatChunks(
  choices: readonly PlannedChoice[],
  meta: AnswerMeta,
  options: FrameOptions,
  content?: Iterable<string>,
): Generator<Frame> {
  const before = `{"id":"${meta.id}","object":"chat.completion.chunk","created":${meta.created},"model":${JSON.stringify(meta.model)},"system_fingerprint":"${meta.fingerprint}","choices":[`;
  const usageNull = options.usageNull ? ',"usage":null' : "";
  const choiceChunk = (index: number, delta: string, logprobs: string, finish: string, usage: string) =>
    `${before}{"index":${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":${finish}}]${usage}}`;

  function* choiceFrames(choice: PlannedChoice, index: number, last: boolean): Generator<Frame> {
    const size = options.tokensPerChunk;
    const top = options.topLogprobs;
    const thinks = choice.reasoning !== undefined;
    const piece = (delta: string, tokens: number, logprobs = "null", part: Frame["part"] = "content"): Frame => ({
      json: choiceChunk(index, delta, logprobs, "null", usageNull),
      tokens,
      part,
    });
    const role = thinks
      ? '{"role":"assistant","content":null,"reasoning_content":""}'
      : '{"role":"assistant","content":""}';
    yield piece(role, 0, "null", "role");
    for (const group of grouped(choice.reasoning ?? [], size)) {
      const text = JSON.stringify(group.join(""));
      yield piece(`{"content":null,"reasoning_content":${text}}`, group.length, chatLogprobs(undefined, group, top));
    }
    const otherHalf = thinks ? ',"reasoning_content":null' : "";
    for (const group of grouped(content ?? choice.content, size)) {
      const text = JSON.stringify(group.join(""));
      yield piece(`{"content":${text}${otherHalf}}`, group.length, chatLogprobs(group, undefined, top));
    }
    for (const [position, call] of choice.toolCalls.entries()) {
      for (const [delta, tokens] of toolCallDeltas(call, position, size)) yield piece(delta, tokens);
    }
    const usage = last && options.usageOnFinish ? `,"usage":${options.usage}` : usageNull;
    const finish = choiceChunk(index, `{"content":""${otherHalf}}`, "null", `"${choice.finishReason}"`, usage);
    yield { json: finish, tokens: 0, part: "finish" };
  }

  const frames = choices.map((choice, index) => choiceFrames(choice, index, index === choices.length - 1));
  const [only] = frames;
  // A generator that hands on another one's frames costs a step per frame, and most answers are one choice.
  const all = only !== undefined && frames.length === 1 ? only : interleaved(frames);
  if (!options.usageTrailing) return all;
  return followedBy(all, { json: `${before}],"usage":${options.usage}}`, tokens: 0, part: "usage" });
}

function* followedBy(frames: Iterable<Frame>, last: Frame): Generator<Frame> {
  yield* frames;
  yield last;
}

function* toolCallDeltas(call: PlannedToolCall, position: number, size: number): Generator<[string, number]> {
  const opening = { name: call.name, arguments: "" };
  yield [
    `{"tool_calls":[{"index":${position},"id":"${call.id}","type":"function","function":${JSON.stringify(opening)}}]}`,
    0,
  ];
  for (const group of grouped(call.argumentTokens, size)) {
    const text = JSON.stringify(group.join(""));
    yield [`{"tool_calls":[{"index":${position},"function":{"arguments":${text}}}]}`, group.length];
  }
}
