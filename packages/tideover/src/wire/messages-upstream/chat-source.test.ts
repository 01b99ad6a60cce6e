import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Failure, failure } from "../../engine/failure.ts";
import type { JsonObject } from "../../engine/json.ts";
import { decodeBody } from "../chat/decode-body.ts";
import { decodeStream } from "../chat/decode-stream.ts";
import { AnswerFolder } from "../chat/fold.ts";
import { parseJson } from "../chat/json-text.ts";
import { FIXTURES } from "../fixtures/index.ts";
import { messageDocument } from "../messages/message-document.ts";
import { MessagesStream } from "../messages/messages-stream.ts";
import { encodeEvent } from "../sse/encode-sse.ts";
import { SseParser } from "../sse/sse-parser.ts";
import { ScriptedSource, splitAt } from "../testing/scripted-source.ts";
import { ChatDocumentSource, ChatStreamSource } from "./chat-source.ts";

const options = {
  operation: "chat" as const,
  classifyError: (error: JsonObject, committed: boolean) =>
    failure("overloaded", "classified", JSON.stringify(error), { committed }),
};
const encoder = new TextEncoder();

/** Whole chat streams whose first choice a message can hold. */
const WHOLE_STREAMS = FIXTURES.filter(
  ({ mode, operation, ending, file }) =>
    mode === "stream" && operation === "chat" && ending === "whole" && file.endsWith(".sse"),
);

function chunksOf(file: string): JsonObject[] {
  const bytes = readFileSync(new URL(`../fixtures/${file}`, import.meta.url));
  return new SseParser()
    .push(bytes)
    .flatMap(({ data }) => (data.trim() === "[DONE]" ? [] : [(parseJson(data) ?? {}) as JsonObject]));
}

/** The events of a Messages stream that says the same as the chunks. */
function eventsOf(chunks: readonly JsonObject[]): JsonObject[] {
  const stream = new MessagesStream("msg_1");
  return [...chunks.flatMap((chunk) => [...(stream.push(chunk) ?? [])]), ...stream.end()];
}

const bytesOf = (events: readonly JsonObject[]) =>
  Buffer.concat(events.map((event) => encodeEvent({ event: String(event.type), data: JSON.stringify(event) })));

async function answerOf(source: ScriptedSource): Promise<{ readonly json: JsonObject; readonly failure?: Failure }> {
  const stream = decodeStream(new ChatStreamSource(source, 1), options);
  const folder = new AnswerFolder("chat");
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") {
      return { json: folder.result(), ...(next.failure === undefined ? {} : { failure: next.failure }) };
    }
    for (const event of next.events) folder.add(event);
  }
}

/** What of an answer both forms can say. */
function essence(json: JsonObject) {
  const message = messageDocument(json, "msg_1");
  return { content: message.content, stop: message.stop_reason, usage: message.usage };
}

const told: JsonObject[] = eventsOf(chunksOf("deepseek-thinking.sse"));

describe("a stream", () => {
  test.each(WHOLE_STREAMS.map(({ file }) => file))("%s means in Messages what it means in chat", async (file) => {
    const chunks = chunksOf(file);
    const direct = eventsOf(chunks);
    const { json, failure: broken } = await answerOf(new ScriptedSource([bytesOf(direct)]));
    expect(broken).toBeUndefined();
    const again = eventsOf([
      {
        ...json,
        choices: [{ index: 0, delta: (json.choices as [{ message: JsonObject; finish_reason: string }])[0].message }],
      },
    ]);
    const texts = (events: readonly JsonObject[], member: string) =>
      events.map((event) => (event.delta as JsonObject | undefined)?.[member] ?? "").join("");
    for (const member of ["text", "thinking", "partial_json"]) expect(texts(again, member)).toBe(texts(direct, member));
    const { delta, usage } = direct.find(({ type }) => type === "message_delta") ?? {};
    expect(essence(json)).toMatchObject({ stop: (delta as JsonObject).stop_reason, usage });
  });

  test("is the same wherever its reads are split", async () => {
    const bytes = bytesOf(told);
    const whole = await answerOf(new ScriptedSource([bytes]));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        expect(await answerOf(new ScriptedSource(splitAt(bytes, cuts)))).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test.each([1, 3, told.length - 2])("that ends after %i events is cut, whatever had come", async (events) => {
    const { failure: broken } = await answerOf(new ScriptedSource([bytesOf(told.slice(0, events))]));
    expect(broken).toMatchObject({ type: "failure", kind: "fault" });
  });

  test("that breaks is broken in the same way", async () => {
    const reset = failure("fault", "connection-reset", "reset");
    const source = new ScriptedSource([bytesOf(told.slice(0, 4))], reset);
    expect((await answerOf(source)).failure).toMatchObject({ reason: "connection-reset" });
  });

  test("an error within it is judged by its own words", async () => {
    const error = { type: "overloaded_error", message: "Overloaded" };
    const source = new ScriptedSource([bytesOf([...told.slice(0, 4), { type: "error", error }])]);
    expect((await answerOf(source)).failure).toMatchObject({
      reason: "classified",
      message: JSON.stringify(error),
      committed: true,
    });
  });

  test("pings and blocks of unknown kinds say nothing, and the connection is let go after the end", async () => {
    const noise = [
      { type: "ping" },
      { type: "content_block_start", index: 9, content_block: { type: "server_tool_use", id: "x" } },
      { type: "content_block_delta", index: 9, delta: { type: "input_json_delta", partial_json: "{}" } },
    ];
    const [start, ...rest] = told;
    const source = new ScriptedSource([bytesOf([start ?? {}, ...noise, ...rest])], "open");
    expect((await answerOf(source)).json).toEqual((await answerOf(new ScriptedSource([bytesOf(told)]))).json);
    expect(source.cancelled).toBe(1);
  });

  test("an event that is no JSON is a malformed one", async () => {
    const bytes = Buffer.concat([bytesOf(told.slice(0, 3)), encoder.encode("data: {half\n\n")]);
    expect((await answerOf(new ScriptedSource([bytes]))).failure).toMatchObject({ kind: "fault" });
  });

  test("a tool's input that comes whole at once is not lost", async () => {
    const events = [
      { type: "message_start", message: { id: "m", model: "x", usage: { input_tokens: 3 } } },
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
      },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 2 } },
      { type: "message_stop" },
    ];
    const { json } = await answerOf(new ScriptedSource([bytesOf(events)]));
    expect(essence(json)).toMatchObject({ content: [{ type: "tool_use", id: "t", name: "f", input: { a: 1 } }] });
    expect(json.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
  });
});

describe("a document", () => {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [
      { type: "thinking", thinking: "Tides ebb.", signature: "s" },
      { type: "text", text: "They " },
      { type: "text", text: "ebb." },
      { type: "tool_use", id: "t", name: "f", input: {} },
    ],
    stop_reason: "max_tokens",
    usage: { input_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 5, output_tokens: 6 },
  };
  const read = async (value: unknown, cuts: readonly number[] = []) => {
    const bytes = encoder.encode(JSON.stringify(value));
    const source = new ChatDocumentSource(new ScriptedSource(splitAt(bytes, cuts)), 7);
    const stream = decodeBody(source, { ...options, maxBytes: 1_000_000 });
    const next = await stream.read();
    return next.type === "batch" ? next.events[0]?.json : next.failure;
  };

  test("becomes a completion, however its bytes come", async () => {
    const expected = {
      id: "msg_1",
      object: "chat.completion",
      created: 7,
      model: "claude",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "They ebb.",
            reasoning_content: "Tides ebb.",
            tool_calls: [{ index: 0, id: "t", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          finish_reason: "length",
        },
      ],
      usage: {
        prompt_tokens: 12,
        completion_tokens: 6,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    };
    expect(await read(message)).toEqual(expected);
    expect(await read(message, [1, 40, 41])).toEqual(expected);
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["model_context_window_exceeded", "length"],
    ["something_new", "stop"],
  ])("a stop for %s is the finish %s", async (reason, finish) => {
    const json = await read({ ...message, stop_reason: reason });
    expect(json).toMatchObject({ choices: [{ finish_reason: finish }] });
  });

  test("an error in place of a message is judged as one", async () => {
    const error = { type: "api_error", message: "oh" };
    expect(await read({ type: "error", error })).toMatchObject({
      reason: "classified",
      message: JSON.stringify(error),
    });
  });

  test("one that breaks off is broken", async () => {
    const reset = failure("fault", "connection-reset", "reset");
    const source = new ChatDocumentSource(new ScriptedSource([encoder.encode('{"type":')], reset), 7);
    expect(await source.read()).toEqual(reset);
  });
});
