import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { eventFrom, isWholeAnswer } from "../chat/chat-event.ts";
import { AnswerFolder } from "../chat/fold.ts";
import { unfold } from "../chat/unfold.ts";
import { FIXTURES } from "../fixtures/index.ts";
import { SseParser } from "../sse/sse-parser.ts";
import { messageDocument } from "./message-document.ts";
import { MessagesStream } from "./messages-stream.ts";

function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject {
  return { id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: finish }], ...more };
}

function eventsOf(chunks: readonly JsonObject[]): JsonObject[] {
  const stream = new MessagesStream("msg_1");
  const events = chunks.flatMap((one) => [...(stream.push(one) ?? [])]);
  return [...events, ...stream.end()];
}

/** What a client makes of the events: the message, as the official accumulator builds it. */
function accumulated(events: readonly JsonObject[]): JsonObject {
  const blocks: Record<string, Json | undefined>[] = [];
  const texts: string[] = [];
  let message: JsonObject = {};
  let open: Json | undefined;
  for (const event of events) {
    const index = typeof event.index === "number" ? event.index : -1;
    const delta = isJsonObject(event.delta) ? event.delta : {};
    if (event.type === "message_start" && isJsonObject(event.message)) message = event.message;
    else if (event.type === "content_block_start") {
      expect(open).toBeUndefined();
      expect(index).toBe(blocks.length);
      open = index;
      blocks.push({ ...(isJsonObject(event.content_block) ? event.content_block : {}) });
      texts.push("");
    } else if (event.type === "content_block_delta") {
      expect(index).toBe(open);
      if (delta.type === "signature_delta") (blocks[index] ?? {}).signature = delta.signature;
      else texts[index] += String(delta.text ?? delta.thinking ?? delta.partial_json);
    } else if (event.type === "content_block_stop") {
      expect(index).toBe(open);
      open = undefined;
    } else if (event.type === "message_delta") {
      message = { ...message, ...delta, usage: event.usage, tideover: event.tideover };
    }
  }
  expect(events.at(-1)).toEqual({ type: "message_stop" });
  expect(open).toBeUndefined();
  const content = blocks.map((block, at) => {
    if (block.type === "text") return { ...block, text: texts[at] };
    if (block.type === "thinking") return { ...block, thinking: texts[at] };
    return { ...block, input: JSON.parse(texts[at] || "{}") as Json };
  });
  return { ...message, content: content as Json };
}

function call(index: number, text: string, name?: string): JsonObject {
  const head = name === undefined ? {} : { id: `call_${index}`, type: "function" };
  return { index, ...head, function: { ...(name === undefined ? {} : { name }), arguments: text } };
}

describe("blocks", () => {
  test("thinking, text, then a tool, with the account at the end", () => {
    const message = accumulated(
      eventsOf([
        chunk({ role: "assistant", content: "" }),
        chunk({ reasoning_content: "I must " }),
        chunk({ reasoning_content: "look.", reasoning: "look." }),
        chunk({ content: "A moment." }),
        chunk({ tool_calls: [call(0, '{"city":', "tide")] }),
        chunk({ tool_calls: [call(0, '"青岛"}')] }),
        chunk({}, "tool_calls"),
        {
          choices: [],
          usage: { prompt_tokens: 9, completion_tokens: 4, prompt_cache_hit_tokens: 6 },
          tideover: { rung: "live" },
        },
      ]),
    );
    expect(message).toEqual({
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [
        { type: "thinking", thinking: "I must look.", signature: "tideover" },
        { type: "text", text: "A moment." },
        { type: "tool_use", id: "call_0", name: "tide", input: { city: "青岛" } },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: { input_tokens: 3, cache_creation_input_tokens: 0, cache_read_input_tokens: 6, output_tokens: 4 },
      tideover: { rung: "live" },
    });
  });

  test("a call's arguments go out as they come", () => {
    const stream = new MessagesStream("msg_1");
    stream.push(chunk({ tool_calls: [call(0, '{"a":', "one")] }));
    expect(stream.push(chunk({ tool_calls: [call(0, "1}")] }))).toEqual([
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: "1}" } },
    ]);
  });

  test("calls whose pieces come mixed are told one after the other, whole", () => {
    const inputs = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(inputs, fc.array(fc.nat(3), { maxLength: 40 }), (given, order) => {
        const rest = given.map((input) => JSON.stringify(input));
        const chunks = given.map((_, index) => chunk({ tool_calls: [call(index, "", `tool_${index}`)] }));
        for (const choice of order) {
          const index = choice % given.length;
          const text = rest[index] ?? "";
          chunks.push(chunk({ tool_calls: [call(index, text.slice(0, 2))] }));
          rest[index] = text.slice(2);
        }
        for (const [index, text] of rest.entries()) chunks.push(chunk({ tool_calls: [call(index, text)] }));
        const { content, stop_reason: stop } = accumulated(eventsOf([...chunks, chunk({}, "stop")]));
        expect(stop).toBe("tool_use");
        expect(content).toEqual(
          given.map((input, index) => ({
            type: "tool_use",
            id: `call_${index}`,
            name: `tool_${index}`,
            input: JSON.parse(JSON.stringify(input)) as Json,
          })),
        );
      }),
    );
  });

  test("a call without an identifier gets one", () => {
    const { content } = accumulated(eventsOf([chunk({ tool_calls: [{ function: { name: "now", arguments: "" } }] })]));
    expect(content).toEqual([{ type: "tool_use", id: "toolu_msg_1_0", name: "now", input: {} }]);
  });

  test("more calls than are held end the stream", () => {
    const stream = new MessagesStream("msg_1");
    const calls = Array.from({ length: 1_025 }, (_, index) => call(index, "", "x"));
    expect(stream.push(chunk({ tool_calls: calls }))).toBeUndefined();
  });
});

test.each([
  ["stop", {}, "end_turn", null],
  ["length", {}, "max_tokens", null],
  ["content_filter", {}, "refusal", null],
  ["stop", { stop_reason: "END" }, "stop_sequence", "END"],
])("the finish %s %j is %s", (finish, more, reason, sequence) => {
  const last = { choices: [{ index: 0, delta: { content: "x" }, finish_reason: finish, ...more }] };
  expect(accumulated(eventsOf([last]))).toMatchObject({ stop_reason: reason, stop_sequence: sequence });
});

const recorded = FIXTURES.filter(
  ({ file, mode, operation, ending }) =>
    file.endsWith(".sse") && mode === "stream" && operation === "chat" && ending === "whole",
);

test.each(recorded.map(({ file }) => file))("streamed and whole, %s makes the same message", (file) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/${file}`, import.meta.url)));
  const frames = new SseParser().push(bytes).map(({ data }) => data);
  const end = frames.indexOf("[DONE]");
  const given = (end < 0 ? frames : frames.slice(0, end)).map((data) => JSON.parse(data) as JsonObject);
  const chunks = given.flatMap((one) => (isWholeAnswer(one) ? unfold(one, "chat").map(({ json }) => json) : [one]));
  const folder = new AnswerFolder("chat");
  for (const one of chunks) folder.add(eventFrom(one, false));
  const { tideover: _, ...streamed } = accumulated(eventsOf(chunks));
  expect(streamed).toEqual(messageDocument(folder.result(), "msg_1"));
});
