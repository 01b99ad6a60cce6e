import { expect, test } from "vitest";
import { chatAnswerForm } from "./answer-form.ts";
import { eventFrom } from "./chat-event.ts";

const chunk = (delta: object, finish: string | null = null, index = 0) =>
  eventFrom({ id: "a", model: "m", choices: [{ index, delta: { ...delta }, finish_reason: finish }] }, false);
const stop = new Set(["stop"]);

test("a text becomes the event that it was stored from", () => {
  const event = chunk({ content: "Hi" }, "stop");
  expect(chatAnswerForm.read(event.data)).toMatchObject({
    data: event.data,
    substance: "content",
    finishReason: "stop",
  });
});

test("what is no event is none", () => {
  expect(chatAnswerForm.read("[1]")).toBeUndefined();
  expect(chatAnswerForm.read('{"a":')).toBeUndefined();
});

test("a log is folded into one document", () => {
  const folded = chatAnswerForm.fold(
    [chunk({ role: "assistant", content: "Hi" }), chunk({ content: "!" }, "stop")],
    "chat",
  );
  expect(folded.whole).toBe(true);
  expect(folded.json).toMatchObject({ choices: [{ message: { content: "Hi!" }, finish_reason: "stop" }] });
});

test.each<[string, boolean, ReturnType<typeof chunk>[], ReadonlySet<string>]>([
  ["a whole answer", true, [chunk({ content: "Hi" }), chunk({}, "stop")], stop],
  ["a provider that names no finish", true, [chunk({ content: "Hi" })], stop],
  ["one cut by length", false, [chunk({ content: "Hi" }, "length")], stop],
  ["one cut by length, where that is allowed", true, [chunk({ content: "Hi" }, "length")], new Set(["stop", "length"])],
  ["a filtered one", false, [chunk({ content: "Hi" }, "content_filter")], new Set(["stop", "length"])],
  ["one of two choices cut", false, [chunk({}, "length", 1), chunk({}, "stop", 0)], stop],
  ["a tool call", false, [chunk({ tool_calls: [{ index: 0 }] }), chunk({}, "tool_calls")], stop],
  ["a tool call that ended with stop", false, [chunk({ tool_calls: [{ index: 0 }] }), chunk({}, "stop")], stop],
  [
    "a tool call, where that is allowed",
    true,
    [chunk({ tool_calls: [{}] }, "tool_calls")],
    new Set(["stop", "tool_calls"]),
  ],
])("%s: stored is %s", (_what, expected, events, reasons) => {
  expect(chatAnswerForm.endedAs(events, reasons)).toBe(expected);
});
