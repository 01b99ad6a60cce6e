import { expect, test } from "vitest";
import { unfold } from "./unfold.ts";

const head = { id: "a", object: "chat.completion", created: 7, model: "m" };
const chunk = { ...head, object: "chat.completion.chunk" };

test("a whole answer becomes role with reasoning, content, tool calls, finish and usage", () => {
  const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
  const message = { role: "assistant", content: "well", reasoning_content: "so", tool_calls: [call] };
  const events = unfold(
    { ...head, choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage: { prompt_tokens: 1 } },
    "chat",
  );
  const choice = (delta: object, finish: string | null = null) => ({
    ...chunk,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  expect(events.map((event) => event.json)).toEqual([
    choice({ role: "assistant", content: null, reasoning_content: "so" }),
    choice({ content: "well" }),
    choice({ tool_calls: [{ index: 0, ...call }] }),
    choice({}, "tool_calls"),
    { ...chunk, choices: [], usage: { prompt_tokens: 1 } },
  ]);
  expect(events.map((event) => event.substance)).toEqual(["content", "content", "content", "none", "none"]);
  expect(events.map((event) => event.finishReason)).toEqual([undefined, undefined, undefined, "tool_calls", undefined]);
  expect(events.every((event) => !event.whole)).toBe(true);
});

test("a completion keeps its form", () => {
  const whole = { ...head, object: "text_completion", choices: [{ index: 0, text: "a", finish_reason: "stop" }] };
  expect(unfold(whole, "fim").map((event) => event.json)).toEqual([
    { ...whole, choices: [{ index: 0, text: "a", finish_reason: null }] },
    { ...whole, choices: [{ index: 0, text: "", finish_reason: "stop" }] },
  ]);
});

test("embeddings have no streamed form", () => {
  const whole = { data: [{ embedding: [1] }] };
  expect(unfold(whole, "embeddings")).toMatchObject([{ json: whole, whole: true, substance: "content" }]);
});
