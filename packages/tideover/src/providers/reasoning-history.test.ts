import type { Json } from "tideover/engine";
import { expect, test } from "vitest";
import type { ReasoningHistory } from "./catalogue/preset.ts";
import { adaptReasoningHistory } from "./reasoning-history.ts";

const withTools = { tools: true, thinkingDisabled: false };
const withoutTools = { tools: false, thinkingDisabled: false };

const call = { id: "call_00_a", type: "function", function: { name: "weather", arguments: "{}" } };

/** A conversation that began at DeepSeek, went on elsewhere, and is in a tool loop. */
const conversation: readonly Json[] = [
  { role: "user", content: "Hello" },
  { role: "assistant", content: "Hi", reasoning_content: "greet" },
  { role: "user", content: "Weather?" },
  { role: "assistant", content: null, tool_calls: [call] },
  { role: "tool", tool_call_id: "call_00_a", content: "sunny" },
  { role: "assistant", content: "Let me see", reasoning_content: "look", tool_calls: [call] },
];

const adapted = (rule: ReasoningHistory, context = withTools, messages = conversation) =>
  adaptReasoningHistory(messages, rule, context);

test("keep changes nothing", () => {
  expect(adapted("keep")).toBe(conversation);
});

test("DeepSeek V4 with tools gets a reasoning with every assistant turn, empty where there is none", () => {
  const result = adapted("required-with-tools");
  expect(result[3]).toEqual({ role: "assistant", content: null, tool_calls: [call], reasoning_content: "" });
  // What needs no change is the same object.
  expect(result.filter((message, index) => message === conversation[index])).toHaveLength(5);
});

test("DeepSeek V4 without tools, or without thinking, is left alone", () => {
  expect(adapted("required-with-tools", withoutTools)).toBe(conversation);
  expect(adapted("required-with-tools", { tools: true, thinkingDisabled: true })).toBe(conversation);
});

test("a conversation that is right already stays the same array", () => {
  const complete = adapted("required-with-tools");
  expect(adapted("required-with-tools", withTools, complete)).toBe(complete);
});

test("a turn that is to be continued gets no empty reasoning", () => {
  const messages = [
    { role: "user", content: "Go" },
    { role: "assistant", content: "Once", prefix: true },
  ];
  expect(adapted("required-with-tools", withTools, messages)).toBe(messages);
});

test("DeepSeek gets an empty text rather than null when there are no tool calls", () => {
  const messages = [{ role: "assistant", content: null }, { role: "assistant" }, { role: "assistant", content: [] }];
  expect(adapted("required-with-tools", withoutTools, messages)).toEqual([
    { role: "assistant", content: "" },
    { role: "assistant", content: "" },
    { role: "assistant", content: [] },
  ]);
  const empty = [{ role: "assistant", content: null, tool_calls: [] }];
  expect(adapted("required-with-tools", withoutTools, empty)).toEqual([
    { role: "assistant", content: "", tool_calls: [] },
  ]);
});

test("strip takes every kind of reasoning out of assistant turns, and touches nothing else", () => {
  const messages: readonly Json[] = [
    { role: "user", content: "Hello", reasoning_content: "mine" },
    { role: "assistant", content: "a", reasoning_content: "r" },
    { role: "assistant", content: "b", reasoning: "r", reasoning_details: [] },
    { role: "assistant", content: "c" },
    "not a message",
  ];
  const result = adapted("strip", withTools, messages);
  expect(result).toEqual([
    messages[0],
    { role: "assistant", content: "a" },
    { role: "assistant", content: "b" },
    messages[3],
    messages[4],
  ]);
  expect(adapted("strip", withTools, result)).toBe(result);
});

test("tool-loop keeps the reasoning since the last user turn only", () => {
  const result = adapted("tool-loop");
  expect(result[1]).toEqual({ role: "assistant", content: "Hi" });
  expect(result[5]).toBe(conversation[5]);
});
