import { expect, test } from "vitest";
import type { JsonObject } from "../../engine/json.ts";
import { AnswerText } from "./answer-text.ts";
import { eventFrom } from "./chat-event.ts";

const add = (text: AnswerText, ...choices: JsonObject[]) => text.add(eventFrom({ choices }, false));

test("keeps what each choice has said", () => {
  const text = new AnswerText();
  add(text, { index: 0, delta: { role: "assistant", content: null, reasoning_content: "so " } });
  add(text, { index: 0, delta: { reasoning_content: "what", content: null } });
  add(text, { index: 0, delta: { content: "海" } }, { index: 1, delta: { reasoning: "r", refusal: "no" } });
  add(text, { index: 0, delta: { content: "水" }, finish_reason: "stop" });
  expect(text.indexes).toEqual([0, 1]);
  expect(text.choice(0)).toMatchObject({ content: "海水", reasoning: "so what", refusal: "", finishReason: "stop" });
  expect(text.choice(1)).toMatchObject({ content: "", reasoning: "r", refusal: "no" });
  expect(text.choice(2)).toEqual({ content: "", reasoning: "", refusal: "", toolCalls: [] });
});

test("a host that sends its reasoning under both names has said it once", () => {
  const text = new AnswerText();
  add(text, { index: 0, delta: { reasoning: "hm", reasoning_content: "hm" } });
  expect(text.choice(0).reasoning).toBe("hm");
});

test("keeps unfinished tool calls, completions and whole messages", () => {
  const text = new AnswerText();
  add(text, { index: 0, delta: { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: '{"a' } }] } });
  add(text, { index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '":1' } }] } });
  add(text, { index: 1, text: "re" }, { index: 2, message: { content: "whole" } });
  add(text, { index: 1, text: "turn" });
  expect(text.choice(0).toolCalls).toEqual([{ id: "c", function: { name: "f", arguments: '{"a":1' } }]);
  expect(text.choice(1).content).toBe("return");
  expect(text.choice(2).content).toBe("whole");
});

test("an answer above the cap is told to be truncated, at an event's border", () => {
  const text = new AnswerText(5);
  for (const content of ["abc", "def", "g"]) add(text, { index: 0, delta: { content } });
  expect(text.truncated).toBe(true);
  expect(text.choice(0).content).toBe("abc");
});
