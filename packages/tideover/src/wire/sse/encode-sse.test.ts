import fc from "fast-check";
import { expect, test } from "vitest";
import { DONE, encodeEvent, encodeJson, KEEP_ALIVE } from "./encode-sse.ts";
import { SseParser } from "./sse-parser.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("one line of JSON is one data line", () => {
  expect(textOf(encodeJson('{"a":"海"}'))).toBe('data: {"a":"海"}\n\n');
  expect(textOf(DONE)).toBe("data: [DONE]\n\n");
  expect(textOf(KEEP_ALIVE)).toBe(": keep-alive\n\n");
});

test("an event carries its type and identifier", () => {
  expect(textOf(encodeEvent({ event: "error", id: "12", data: "{}" }))).toBe("event: error\nid: 12\ndata: {}\n\n");
});

test("a field that would forge another is refused by name", () => {
  expect(() => encodeEvent({ event: "a\ndata: b", data: "" })).toThrow(/"event" must be one line/);
  expect(() => encodeEvent({ id: "a\0", data: "" })).toThrow(/"id" must be one line/);
});

test("what is encoded is parsed back, line breaks as LF", () => {
  const text = fc.string({ unit: fc.constantFrom("a", " ", ":", "\n", "\r", "🌊") });
  fc.assert(
    fc.property(text, (data) => {
      const frames = new SseParser().push(encodeEvent({ data }));
      expect(frames.map((frame) => frame.data)).toEqual([data.replace(/\r\n|\r/g, "\n")]);
    }),
  );
});

test("a JSON text over several lines becomes one line of the same meaning", () => {
  const pretty = JSON.stringify({ text: "a\nb", list: [1, 2] }, null, 2);
  const sent = textOf(encodeJson(pretty));
  expect(sent.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(sent.slice("data: ".length))).toEqual(JSON.parse(pretty));
});
