import { expect, test } from "vitest";
import { textEvent } from "../../../testing/index.ts";
import type { AnswerEvent } from "../../answer-stream.ts";
import { ToldEvents } from "./told-events.ts";

const encoder = new TextEncoder();
const [before = "", behind = ""] = textEvent("#").data.split("#");
const pattern = { before, behind, headBytes: `data: ${before}`.length, tailBytes: `${behind}\n\n`.length };
/** A piece of a text as a wire gives it: by its frame. */
const piece = (text: string): AnswerEvent => {
  const event = textEvent(text);
  const frame = encoder.encode(`data: ${event.data}\n\n`);
  return { ...event, frame, pattern, piece: { choice: 0, member: "content", text } };
};
/** Reads a text again; what is read is told from what was held by its mark. */
const read = (data: string) => ({ ...textEvent("again"), data });

test("what only adds to the answer is read again from its text, all else is given as it came, in order", () => {
  const preamble = textEvent("");
  const usage: AnswerEvent = { ...textEvent("u"), usage: { promptTokens: 1, completionTokens: 2 } };
  const finish = textEvent("end", "stop");
  const document: AnswerEvent = { ...textEvent("all"), whole: true };
  const added = [preamble, piece("One "), piece("\n\n"), textEvent("two "), usage, piece("three"), finish, document];
  const told = new ToldEvents();
  for (const event of added) told.add(event);
  const held = told.events({ read }) ?? [];
  expect(held.map(({ data }) => data)).toEqual(added.map(({ data }) => data));
  expect(held.map((event, index) => event === added[index])).toEqual([
    ...[true, false, false, false, true, false, true, true],
  ]);
  expect(told.count).toBe(added.length);
});

test("no frame is kept: what it lies in belongs to others as well", () => {
  const told = new ToldEvents();
  told.add(piece("One "));
  expect(told.events({ read })?.map(({ frame }) => frame)).toEqual([undefined]);
});

test("a text that cannot be read again leaves nothing to be told", () => {
  const told = new ToldEvents();
  told.add(piece("One "));
  expect(told.events({ read: () => undefined })).toBeUndefined();
});
