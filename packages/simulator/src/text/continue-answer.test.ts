import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { callModel, chatBody, foldStream, testModel } from "../testing/call-model.ts";
import type { PrefixBehaviour } from "./continue-answer.ts";
import { expectedAnswer } from "./expected-answer.ts";
import type { ContinuationMode } from "./partial-answer.ts";

const LENGTH = { metadata: { sim_output_tokens: 300 } };
const ASKED = chatBody("Write 三百 tokens 🌊", LENGTH);
const WHOLE = expectedAnswer(ASKED);

/** The request that goes on after the first `at` code units. */
function continued(at: number, more = {}) {
  const partial = { role: "assistant", content: WHOLE.content.slice(0, at), prefix: true };
  return { ...ASKED, messages: [...(ASKED.messages as []), partial], ...more };
}

/** The rest that a provider gives after `partial`. */
async function restAfter(prefixBehaviour: PrefixBehaviour, at: number) {
  const world = testModel({ prefixBehaviour });
  const received = await callModel(world, continued(at, { stream: true }), { path: "/beta/chat/completions" });
  expect(world.model.counters.continuations).toBe(1);
  return foldStream(received.text);
}

test("at every cut position the rest is exact, surrogate pairs and emoji included", () => {
  expect(WHOLE.tokens).toBe(300);
  for (let at = 0; at <= WHOLE.content.length; at++) {
    expect(expectedAnswer(continued(at)).content).toBe(WHOLE.content.slice(at));
  }
});

test("on the wire the rest is exact, streamed and not, on both spellings of the path", async () => {
  for (let at = 0; at <= WHOLE.content.length; at += 7) {
    const path = at % 2 === 0 ? "/beta/chat/completions" : "/v1/beta/chat/completions";
    const world = testModel();
    const streamed = await callModel(world, continued(at, { stream: true }), { path });
    expect(foldStream(streamed.text)).toMatchObject({ content: WHOLE.content.slice(at), finish: "stop", done: true });
    const document = await callModel(world, continued(at), { path });
    expect(JSON.parse(document.text).choices[0].message.content).toBe(WHOLE.content.slice(at));
  }
});

test("half of a surrogate pair can be continued", async () => {
  const at = [...WHOLE.content].findIndex((character) => character.length === 2);
  const cut = [...WHOLE.content].slice(0, at).join("").length + 1;
  const { content } = await restAfter("exact", cut);
  expect(content).toBe(WHOLE.content.slice(cut));
  expect((WHOLE.content.slice(0, cut) + content).isWellFormed()).toBe(true);
});

test("reduced max_tokens end the continued answer where the whole one ends", () => {
  const limited = expectedAnswer({ ...ASKED, max_tokens: 50 }).content;
  const first = expectedAnswer({ ...ASKED, max_tokens: 20 }).content;
  expect(first + expectedAnswer(continued(first.length, { max_tokens: 30 })).content).toBe(limited);
});

test("reasoning is continued within the reasoning, and not repeated once the content has begun", () => {
  const asked: JsonObject = { ...ASKED, thinking: { type: "enabled" } };
  const whole = expectedAnswer(asked);
  const reasoning = whole.reasoning ?? "";
  const go = (partial: object) =>
    expectedAnswer({
      ...asked,
      messages: [...(asked.messages as []), { role: "assistant", prefix: true, ...partial }],
    });
  for (let at = 0; at <= reasoning.length; at++) {
    expect(go({ content: "", reasoning_content: reasoning.slice(0, at) })).toMatchObject({
      reasoning: reasoning.slice(at),
      content: whole.content,
    });
  }
  const rest = go({ content: whole.content.slice(0, 30), reasoning_content: reasoning });
  expect(rest).toMatchObject({ content: whole.content.slice(30) });
  expect(rest.reasoning).toBeUndefined();
});

test("a partial answer that is not its own is followed by other text", () => {
  const messages = [...(ASKED.messages as []), { role: "assistant", content: "Something else", prefix: true }];
  const other = expectedAnswer({ ...ASKED, messages });
  expect(other.content).not.toBe("");
  expect(WHOLE.content.includes(other.content)).toBe(false);
});

test("each way to mistreat a prefix is what it says", async () => {
  const at = WHOLE.content.search(/[a-z] [a-z]/) + 2;
  const rest = WHOLE.content.slice(at);
  expect(WHOLE.content.slice(0, at)).toMatch(/ $/);
  expect((await restAfter("exact", at)).content).toBe(rest);
  expect((await restAfter("trims-trailing-space", at)).content).toBe(` ${rest}`);
  expect((await restAfter("echoes", at)).content).toBe(WHOLE.content);
  expect((await restAfter("adds-space", at)).content).toBe(` ${rest}`);
  expect(await restAfter("stops-at-once", at)).toMatchObject({ content: "", finish: "stop" });
  const again = await restAfter("thinks-again", at);
  expect(again).toMatchObject({ content: rest });
  expect(again.reasoning).not.toBe("");
  const restarted = (await restAfter("restarts", at)).content;
  expect(restarted.slice(0, 4)).toBe(WHOLE.content.slice(0, 4));
  expect(restarted).not.toBe(WHOLE.content);
  const ignored = (await restAfter("ignores", at)).content;
  expect(WHOLE.content.includes(ignored.slice(0, 20))).toBe(false);
});

test.each<[ContinuationMode, string, object, object]>([
  ["beta-prefix", "/beta/chat/completions", { prefix: true }, {}],
  ["message-prefix", "/v1/chat/completions", { prefix: true }, {}],
  ["message-partial", "/v1/chat/completions", { partial: true }, {}],
  ["continue-final-message", "/v1/chat/completions", {}, { continue_final_message: true }],
  ["bare-assistant", "/v1/chat/completions", {}, {}],
])("in mode %s the sign of the host is understood, and nothing else", async (continuation, path, mark, more) => {
  const body = (marked: object) => ({
    ...ASKED,
    ...more,
    messages: [...(ASKED.messages as []), { role: "assistant", content: WHOLE.content.slice(0, 40), ...marked }],
  });
  const contentFrom = async (mode: ContinuationMode) =>
    JSON.parse((await callModel(testModel({ continuation: mode }), body(mark), { path })).text).choices[0].message
      .content;
  expect(await contentFrom(continuation)).toBe(WHOLE.content.slice(40));
  expect(await contentFrom("none")).not.toBe(WHOLE.content.slice(40));
});

test("body-prefix takes the partial answer from the body", async () => {
  const world = testModel({ continuation: "body-prefix" });
  const received = await callModel(world, { ...ASKED, prefix: WHOLE.content.slice(0, 33) });
  expect(JSON.parse(received.text).choices[0].message.content).toBe(WHOLE.content.slice(33));
});
