import { describe, expect, test } from "vitest";
import { isFailure } from "../../engine/failure.ts";
import type { JsonObject } from "../../engine/json.ts";
import { chatEvent, eventFrom, readSubstance } from "./chat-event.ts";

const delta = (part: JsonObject): JsonObject => ({ choices: [{ index: 0, delta: part }] });

describe("substance", () => {
  test.each<[string, JsonObject, string]>([
    ["a role preamble", delta({ role: "assistant", content: "" }), "none"],
    ["nulls", delta({ content: null, reasoning_content: null, tool_calls: null, function_call: null }), "none"],
    ["content", delta({ content: "a" }), "content"],
    ["reasoning_content", delta({ content: null, reasoning_content: "a" }), "content"],
    ["reasoning", delta({ reasoning: "a" }), "content"],
    ["refusal", delta({ refusal: "no" }), "content"],
    ["a tool call without arguments yet", delta({ tool_calls: [{ index: 0, function: { name: "f" } }] }), "content"],
    ["an empty list of tool calls", delta({ tool_calls: [] }), "none"],
    ["a function call", delta({ function_call: { name: "f" } }), "content"],
    ["spaces", delta({ content: " \n\t" }), "blank"],
    ["spaces beside reasoning", delta({ content: " ", reasoning_content: "a" }), "content"],
    ["ideographic space", delta({ content: "\u3000" }), "blank"],
    ["a completion's text", { choices: [{ text: "a" }] }, "content"],
    ["a completion's blank text", { choices: [{ text: "\n" }] }, "blank"],
    ["the second choice's content", { choices: [{ delta: { content: " " } }, { delta: { content: "a" } }] }, "content"],
    ["a message", { choices: [{ message: { content: "a" } }] }, "content"],
    ["content in parts", delta({ content: [{ type: "text", text: "a" }] }), "content"],
    ["blank content in parts", delta({ content: [{ type: "text", text: " " }] }), "blank"],
    ["a part that is no text", delta({ content: [{ type: "image_url", image_url: {} }] }), "content"],
    ["embeddings", { data: [{ embedding: [1] }] }, "content"],
    ["no embeddings", { data: [] }, "none"],
    ["usage", { choices: [], usage: { prompt_tokens: 1 } }, "none"],
    ["strange values", { choices: [null, 3, { delta: "x", text: 4 }] }, "none"],
  ])("%s", (_, json, expected) => {
    expect(readSubstance(json)).toBe(expected);
  });
});

test("an event has its text, usage and finish", () => {
  const data = '{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}';
  expect(chatEvent(data)).toMatchObject({
    data,
    whole: false,
    substance: "none",
    finishReason: "stop",
    usage: { promptTokens: 3, completionTokens: 4 },
  });
});

test("an event of several choices is finished when all are", () => {
  const choices = (second: string | null) => ({ choices: [{ finish_reason: "stop" }, { finish_reason: second }] });
  expect(eventFrom(choices(null), false).finishReason).toBeUndefined();
  expect(eventFrom(choices("length"), false).finishReason).toBe("length");
});

test("counts that are no numbers are nought, and usage that is no object is none", () => {
  const usage = (value: JsonObject[string]) => eventFrom({ choices: [], usage: value }, false).usage;
  expect(usage({ prompt_tokens: "3", completion_tokens: -1 })).toEqual({ promptTokens: 0, completionTokens: 0 });
  expect(usage(null)).toBeUndefined();
});

test.each(["", "[]", "{", "null", "3"])("%j is no event", (data) => {
  const event = chatEvent(data);
  expect(isFailure(event) && event.reason).toBe("malformed-frame");
});

test("an event made of an object has its text, and so has its copy", () => {
  const event = eventFrom({ choices: [], model: "m" }, false);
  expect(event.data).toBe('{"choices":[],"model":"m"}');
  expect({ ...event }.data).toBe(event.data);
});

test.each([
  ["DeepSeek's", { prompt_cache_hit_tokens: 64 }, 64],
  ["OpenAI's", { prompt_tokens_details: { cached_tokens: 32 } }, 32],
  ["no", {}, undefined],
  ["a strange", { prompt_cache_hit_tokens: "64", prompt_tokens_details: { cached_tokens: null } }, undefined],
])("%s word on cached prompt tokens", (_, more: JsonObject, cached) => {
  const { usage } = eventFrom({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 1, ...more } }, false);
  expect(usage?.cachedPromptTokens).toBe(cached);
});
