import { expect, test } from "vitest";
import type { Operation } from "../../engine/call.ts";
import { type Failure, failure } from "../../engine/failure.ts";
import { ScriptedSource } from "../testing/scripted-source.ts";
import { decodeBody } from "./decode-body.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function read(texts: readonly string[], more: { operation?: Operation; maxBytes?: number; end?: Failure } = {}) {
  const source = new ScriptedSource(texts.map(bytesOf), more.end ?? "end");
  const stream = decodeBody(source, {
    operation: more.operation ?? "chat",
    maxBytes: more.maxBytes,
    classifyError: (error, committed) => failure("overloaded", "classified", String(error.message), { committed }),
  });
  const first = await stream.read();
  const ending = first.type === "ending" ? first : await stream.read();
  return {
    events: first.type === "batch" ? first.events : [],
    reason: ending.type === "ending" ? (ending.failure?.reason ?? "whole") : "a second batch",
    failure: ending.type === "ending" ? ending.failure : undefined,
    cancelled: source.cancelled,
  };
}

const WHOLE = '{"choices": [{"message": {"content": "海"}, "finish_reason": "stop"}]}';

test("the document keeps its text, without the white space around it", async () => {
  const { events, reason, cancelled } = await read(["\n\n", `\n${WHOLE.slice(0, 60)}`, `${WHOLE.slice(60)}\n`]);
  expect(events).toMatchObject([{ data: WHOLE, whole: true, substance: "content", finishReason: "stop" }]);
  expect(reason).toBe("whole");
  expect(cancelled).toBe(0);
});

test.each([
  ["ends within a text", '{"choices": [{"message": {"content": "}]}', "cut"],
  ["ends between members", '{"choices": [{"message": {}}]', "cut"],
  ["is damaged", '{"choices": [}]}', "not-json"],
  ["has no choices", '{"detail": "Not Found"}', "not-an-answer"],
  ["has an empty list of choices", '{"choices": []}', "not-an-answer"],
  ["is a list", "[1, 2]", "not-an-answer"],
  ["is empty", "", "blank-body"],
  ["is an event stream", "data: {}\n\n", "not-json"],
  ["is a list with an error, as Google's", '[{"error": {"message": "busy"}}]', "classified"],
  ["has an error that is a text, as Ollama's", '{"error": "model is loading"}', "classified"],
])("a document that %s", async (_, text, expected) => {
  const { events, reason } = await read([text]);
  expect(events).toEqual([]);
  expect(reason).toBe(expected);
});

test("a null error is no error", async () => {
  expect((await read([WHOLE.replace("{", '{"error": null, ')])).reason).toBe("whole");
});

test("embeddings need data, not choices", async () => {
  expect((await read(['{"data": [{"embedding": [1]}]}'], { operation: "embeddings" })).reason).toBe("whole");
  expect((await read([WHOLE], { operation: "embeddings" })).reason).toBe("not-an-answer");
});

test("a document above the cap ends the exchange; blank lines do not count", async () => {
  const blank = "\n".repeat(500);
  expect(await read([blank, WHOLE], { maxBytes: bytesOf(WHOLE).length })).toMatchObject({ reason: "whole" });
  expect(await read([blank, WHOLE], { maxBytes: bytesOf(WHOLE).length - 1 })).toMatchObject({
    reason: "body-too-large",
    cancelled: 1,
  });
});

test("a connection that breaks gives its own failure", async () => {
  const reset = failure("fault", "connection-reset", "The connection was reset.");
  expect((await read([WHOLE.slice(0, 20)], { end: reset })).failure).toEqual(reset);
});
