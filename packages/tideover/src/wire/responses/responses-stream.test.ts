import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { eventFrom, isWholeAnswer } from "../chat/chat-event.ts";
import { AnswerFolder } from "../chat/fold.ts";
import { unfold } from "../chat/unfold.ts";
import { FIXTURES } from "../fixtures/index.ts";
import { SseParser } from "../sse/sse-parser.ts";
import { responseStateOf } from "./output-items.ts";
import { type ResponseHead, responseDocument } from "./response-document.ts";
import { ResponsesStream } from "./responses-stream.ts";

const HEAD: ResponseHead = { id: "resp_1", request: { model: "m" }, createdAt: 1_000, stored: true };
const END = { endedAt: 2_000, stored: true };

function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject {
  return { id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: finish }], ...more };
}

function call(index: number, text: string, name?: string): JsonObject {
  const head = name === undefined ? {} : { id: `call_${index}`, type: "function" };
  return { index, ...head, function: { ...(name === undefined ? {} : { name }), arguments: text } };
}

function eventsOf(chunks: readonly JsonObject[], head = HEAD): JsonObject[] {
  const stream = new ResponsesStream(head);
  const events = chunks.flatMap((one) => [...(stream.push(one) ?? [])]);
  return [...events, ...stream.end(END)];
}

const objectIn = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** What a client makes of the events: the response, of which every item was told piece by piece as it is at the end. */
function accumulated(events: readonly JsonObject[]): JsonObject {
  const items: Record<string, Json | undefined>[] = [];
  const open = new Set<Json | undefined>();
  let parts: JsonObject[] = [];
  let text = "";
  for (const [at, event] of events.entries()) {
    expect(event.sequence_number).toBe(at);
    const index = typeof event.output_index === "number" ? event.output_index : -1;
    if (event.type === "response.output_item.added") {
      expect(index).toBe(items.length);
      open.add(index);
      items.push({ ...objectIn(event.item) });
      parts = [];
      text = "";
    } else if (event.type === "response.content_part.added") {
      expect(event.content_index).toBe(parts.length);
      text = "";
    } else if (String(event.type).endsWith(".delta")) {
      expect(open.has(index)).toBe(true);
      expect(event.item_id).toBe(items[index]?.id);
      if (event.type === "response.function_call_arguments.delta") {
        const item = items[index] as Record<string, Json>;
        item.arguments = String(item.arguments) + String(event.delta);
      } else text += String(event.delta);
    } else if (event.type === "response.content_part.done") {
      const part = objectIn(event.part);
      expect(part.text ?? part.refusal).toBe(text);
      parts.push(part);
    } else if (event.type === "response.function_call_arguments.done") {
      expect(items[index]?.arguments).toBe(event.arguments);
    } else if (event.type === "response.output_item.done") {
      open.delete(index);
      const done = objectIn(event.item);
      if (done.type !== "function_call") expect(done.content).toEqual(parts);
      else expect(done.arguments).toBe(items[index]?.arguments);
      items[index] = done;
    }
  }
  expect(open.size).toBe(0);
  const response = objectIn(events.at(-1)?.response);
  expect(response.output).toEqual(items);
  return response;
}

describe("items", () => {
  test("thinking, text, then a tool, with the usage and the account at the end", () => {
    const events = eventsOf([
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "I must " }),
      chunk({ reasoning_content: "look.", reasoning: "look." }),
      chunk({ content: "A moment." }),
      chunk({ tool_calls: [call(0, '{"city":', "tide")] }),
      chunk({ tool_calls: [call(0, '"青岛"}')] }),
      chunk({}, "tool_calls"),
      {
        choices: [],
        usage: { prompt_tokens: 9, completion_tokens: 4, completion_tokens_details: { reasoning_tokens: 2 } },
        tideover: { rung: "live" },
      },
    ]);
    expect(events.map(({ type }) => String(type).replace("response.", ""))).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "reasoning_text.delta",
      "reasoning_text.delta",
      "reasoning_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
      "completed",
    ]);
    expect(accumulated(events)).toMatchObject({
      id: "resp_1",
      status: "completed",
      completed_at: 2,
      output: [
        { id: "rs_1_0", type: "reasoning", content: [{ text: "I must look." }] },
        { id: "msg_1_1", type: "message", content: [{ type: "output_text", text: "A moment." }] },
        { id: "fc_1_2", type: "function_call", call_id: "call_0", name: "tide", arguments: '{"city":"青岛"}' },
      ],
      usage: { input_tokens: 9, output_tokens: 4, output_tokens_details: { reasoning_tokens: 2 }, total_tokens: 13 },
      tideover: { rung: "live" },
    });
  });

  test("calls whose pieces come mixed keep their own pieces", () => {
    const inputs = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(inputs, fc.array(fc.nat(3), { maxLength: 60 }), (given, order) => {
        const texts = given.map((input) => JSON.stringify(input));
        const rest = texts.map((text) => [...text]);
        const chunks = given.map((_, index) => chunk({ tool_calls: [call(index, "", `tool_${index}`)] }));
        for (const index of order) {
          const piece = rest[index]?.shift();
          if (piece !== undefined) chunks.push(chunk({ tool_calls: [call(index, piece)] }));
        }
        for (const [index, left] of rest.entries()) chunks.push(chunk({ tool_calls: [call(index, left.join(""))] }));
        const { output } = accumulated(eventsOf([...chunks, chunk({}, "stop")]));
        expect((output as JsonObject[]).map((item) => item.arguments)).toEqual(texts);
      }),
    );
  });

  test("a refusal is a part of its own, and a call without an identifier gets one", () => {
    const events = eventsOf([
      chunk({ content: "Well, " }),
      chunk({ refusal: "no." }),
      chunk({ tool_calls: [{ function: { name: "now", arguments: "" } }] }),
    ]);
    expect(accumulated(events).output).toMatchObject([
      {
        content: [
          { type: "output_text", text: "Well, " },
          { type: "refusal", refusal: "no." },
        ],
      },
      { id: "fc_1_1", call_id: "fc_1_1", name: "now", arguments: "" },
    ]);
  });

  test("more calls than are kept end the stream", () => {
    const calls = Array.from({ length: 1_025 }, (_, index) => call(index, "", "x"));
    expect(new ResponsesStream(HEAD).push(chunk({ tool_calls: calls }))).toBeUndefined();
  });
});

test.each([
  ["stop", "completed", null],
  ["length", "incomplete", { reason: "max_output_tokens" }],
  ["content_filter", "incomplete", { reason: "content_filter" }],
])("the finish %s is %s", (finish, status, details) => {
  const events = eventsOf([chunk({ content: "x" }), chunk({}, finish)]);
  expect(events.at(-1)?.type).toBe(`response.${status}`);
  expect(accumulated(events)).toMatchObject({ status, incomplete_details: details });
});

test("one in the background is told as queued first; a failure tells what there is", () => {
  const stream = new ResponsesStream({ ...HEAD, request: { background: true } });
  expect(stream.begin().map(({ type }) => type)).toEqual([
    "response.created",
    "response.queued",
    "response.in_progress",
  ]);
  stream.push(chunk({ content: "Half" }));
  const [failed] = stream.fail({ error: { code: "stream_interrupted", message: "Cut." }, stored: false });
  expect(failed).toMatchObject({
    type: "response.failed",
    sequence_number: 6,
    response: { status: "failed", error: { code: "stream_interrupted" }, store: false },
  });
});

const recorded = FIXTURES.filter(
  ({ file, mode, operation, ending }) =>
    file.endsWith(".sse") && mode === "stream" && operation === "chat" && ending === "whole",
);

test.each(recorded.map(({ file }) => file))("streamed and whole, %s makes the same response", (file) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/${file}`, import.meta.url)));
  const frames = new SseParser().push(bytes).map(({ data }) => data);
  const end = frames.indexOf("[DONE]");
  const given = (end < 0 ? frames : frames.slice(0, end)).map((data) => JSON.parse(data) as JsonObject);
  const chunks = given.flatMap((one) => (isWholeAnswer(one) ? unfold(one, "chat").map(({ json }) => json) : [one]));
  const folder = new AnswerFolder("chat");
  for (const one of chunks) folder.add(eventFrom(one, false));
  const { tideover: _, ...streamed } = accumulated(eventsOf(chunks));
  const state = { ...responseStateOf(folder.result(), HEAD.id), endedAt: END.endedAt };
  const { tideover: __, ...whole } = responseDocument(HEAD, state);
  expect(streamed).toEqual(whole);
});
