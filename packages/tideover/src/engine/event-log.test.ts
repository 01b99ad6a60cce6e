import fc from "fast-check";
import { expect, test } from "vitest";
import { textEvent } from "../testing/index.ts";
import type { AnswerEvent } from "./answer-stream.ts";
import { EventLog } from "./event-log.ts";

const eventOf = (data: string): AnswerEvent => ({ ...textEvent("a"), data, frame: undefined, pattern: undefined });
const chunk = (text: string) =>
  `{"id":"c-1","object":"chat.completion.chunk","choices":[{"delta":{"content":${text}}}]}`;

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
