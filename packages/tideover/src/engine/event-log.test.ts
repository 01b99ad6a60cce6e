import fc from "fast-check";
import { expect, test } from "vitest";
import { textEvent } from "../testing/index.ts";
import type { AnswerEvent } from "./answer-stream.ts";
import { EventLog } from "./event-log.ts";

const eventOf = (data: string): AnswerEvent => ({ ...textEvent("a"), data, frame: undefined, pattern: undefined });
const chunk = (text: string) =>
  `{"id":"c-1","object":"chat.completion.chunk","choices":[{"delta":{"content":${text}}}]}`;

const encoder = new TextEncoder();
const [before = "", behind = ""] = textEvent("#").data.split("#");
const pattern = { before, behind, headBytes: `data: ${before}`.length, tailBytes: `${behind}\n\n`.length };
/** A piece of a text as a wire gives it: by its frame. */
const piece = (text: string): AnswerEvent => {
  const { data, ...event } = textEvent(text);
  const socket = encoder.encode(`data: {}\n\ndata: ${data}\n\ndata: {"half`);
  const frame = socket.subarray(10, socket.length - 12);
  return { ...event, data, frame, pattern, piece: { choice: 0, member: "content", text } };
};

test("gives the texts of frames and of other events back in order, over blocks of any number", () => {
  const events = [
    textEvent("first"),
    ...Array.from({ length: 300 }, (_, index) => piece(`word ${index} 灯 "quoted" \n\n data: ${"y".repeat(index)}`)),
    textEvent("between"),
    { ...piece("of another pattern"), pattern: { ...pattern } },
    ...Array.from({ length: 20 }, (_, index) => piece(`after ${index} ${"z".repeat(5_000)}`)),
    piece("longer than a block".repeat(1_000)),
    piece("\ufeff"),
    textEvent("", "stop"),
  ];
  const log = EventLog.of(events);
  expect(log.texts()).toEqual(events.map(({ data }) => data));
  expect(log.length).toBe(events.reduce((sum, { frame, data }) => sum + (frame ?? data).length, 0));
  expect(log.isDocument).toBe(false);
});

test("a frame without a pattern is held as its text", () => {
  const event = { ...piece("alone"), pattern: undefined };
  expect(EventLog.of([event, event]).texts()).toEqual([event.data, event.data]);
});

test("knows a document", () => {
  const log = new EventLog();
  log.add({ ...textEvent("a"), whole: true });
  expect(log.isDocument).toBe(true);
  log.add(textEvent("b"));
  expect(log.isDocument).toBe(false);
});

test("texts that have no frames are held by what they differ in", () => {
  const texts = Array.from({ length: 1_000 }, (_, index) => chunk(JSON.stringify(`word ${index} 潮汐`)));
  const log = EventLog.of(texts.map(eventOf));
  expect(log.texts()).toEqual(texts);
  const differ = texts.reduce((sum, text) => sum + Buffer.byteLength(text) - Buffer.byteLength(chunk('""')), 0);
  // Each with an end of its own, and the first one or two as they are.
  expect(log.held).toBeLessThan(differ + 1_000 + 500);
});

test("whatever the texts, all come back as they were", () => {
  const inner = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", "😀", "😁"),
  );
  const text = fc.oneof(
    { weight: 5, arbitrary: inner.map((said) => chunk(`"${said}"`)) },
    { weight: 1, arbitrary: inner },
    { weight: 1, arbitrary: fc.string({ minLength: 5_000, maxLength: 20_000 }).map((said) => chunk(`"${said}"`)) },
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
      expect(EventLog.of(texts.map(eventOf)).texts()).toEqual(texts);
    }),
    { numRuns: 300 },
  );
});
