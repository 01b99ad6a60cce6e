import { expect, test } from "vitest";
import { HeldTail } from "./held-tail.ts";
import { chunks, chunkText, event, FINISH, USAGE } from "./testing/front-harness.ts";

const [WORD] = chunks("word");
if (WORD === undefined) throw new Error("no chunk");
const ROLE = event(chunkText({ role: "assistant", content: "" }, null));

test("content and a role preamble go out at once", () => {
  const tail = new HeldTail();
  expect(tail.push(ROLE)).toEqual([ROLE]);
  expect(tail.push(WORD)).toEqual([WORD]);
  expect(tail.release()).toEqual([]);
});

test("the finish and what comes after it are held, in order", () => {
  const tail = new HeldTail();
  expect(tail.push(FINISH)).toEqual([]);
  expect(tail.push(ROLE)).toEqual([]);
  expect(tail.push(USAGE)).toEqual([]);
  expect(tail.release()).toEqual([FINISH, ROLE, USAGE]);
});

test("content after a finish shows that it was not the end", () => {
  const tail = new HeldTail();
  tail.push(FINISH);
  expect(tail.push(WORD)).toEqual([FINISH, WORD]);
  expect(tail.release()).toEqual([]);
});

test("a provider that goes on after its finish cannot fill the memory", () => {
  const tail = new HeldTail();
  const sent = Array.from({ length: 1_000 }, () => tail.push(FINISH)).flat();
  expect(sent.length).toBe(984);
  expect(tail.release().length).toBe(16);
});
