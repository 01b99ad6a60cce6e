import { expect, test } from "vitest";
import { callModel, chatBody, eventsOf, foldStream, testModel } from "../testing/call-model.ts";
import { expectedAnswer } from "../text/expected-answer.ts";
import { chooseFault, listFaults } from "./fault-table.ts";

const PROMPT = "怎样在高峰时回答? How?";
const GOOD = expectedAnswer(chatBody(PROMPT));

/** Calls a fresh model with a fault's name; the answer is given up after two minutes, unless told otherwise. */
async function strike(fault: string, stream: boolean, giveUpAfterMs = 120_000) {
  const world = testModel();
  const body = chatBody(PROMPT, { model: `fault-${fault}`, stream });
  const received = await callModel(world, body, { giveUpAfterMs });
  const name = chooseFault(fault)?.name ?? "";
  expect(world.model.counters.faults[name]).toBe(1);
  return { ...received, world, body };
}

const contentOf = (text: string): string => JSON.parse(text.replace(/^\ufeff/, "")).choices[0].message.content;

test("every fault has a name that can be asked for, and a description", () => {
  for (const fault of listFaults()) {
    expect(chooseFault(fault.name)?.name).toBe(fault.name);
    expect(fault.description).not.toBe("");
  }
  expect(new Set(listFaults().map((fault) => fault.name)).size).toBe(listFaults().length);
});

test("an unknown fault is a clear error", async () => {
  const received = await callModel(testModel(), chatBody("x", { model: "fault-imaginary" }));
  expect(received.status).toBe(400);
  expect(received.text).toContain('no scripted fault \\"imaginary\\"');
  expect(received.text).toContain("keep-alive-only");
});

test.each([
  ["429", 429, "rate_limit_error"],
  ["500", 500, "internal_server_error"],
  ["503", 503, "service_unavailable_error"],
  ["401", 401, "authentication_error"],
  ["402", 402, "unknown_error"],
  ["context-length", 400, "invalid_request_error"],
  ["422", 422, "invalid_request_error"],
])("%s answers with its status and DeepSeek's envelope", async (fault, status, type) => {
  for (const stream of [false, true]) {
    const received = await strike(fault, stream);
    expect(received.status).toBe(status);
    expect(JSON.parse(received.text).error).toMatchObject({ type, param: null });
    expect(received.header("x-ds-trace-id")).toMatch(/^[0-9a-f]{32}$/);
  }
});

test("429-balance names the limit", async () => {
  const received = await strike("429-balance-7", true);
  expect(received.text).toContain("Your current concurrency is 8, which exceeds your concurrency limit of 7");
});

test.each(["429-once", "500-once", "cut-once-5"])(
  "%s strikes a question once, and each question anew",
  async (fault) => {
    const { world, body, ...first } = await strike(fault, true);
    expect(first.status !== 200 || first.failure !== undefined).toBe(true);
    const second = await callModel(world, body);
    expect(foldStream(second.text).content).toBe(GOOD.content);
    const other = await callModel(world, chatBody("another", { model: `fault-${fault}`, stream: true }));
    expect(other.status !== 200 || other.failure !== undefined).toBe(true);
  },
);

test("429-once says when to come back", async () => {
  expect((await strike("429-once", false)).header("retry-after")).toBe("1");
  expect((await strike("429-once-3", false)).header("retry-after")).toBe("3");
});

test("a continuation of the same answer counts as the same question", async () => {
  const { world, body } = await strike("cut-once-5", true);
  const messages = [...(body.messages as []), { role: "assistant", content: GOOD.content.slice(0, 4), prefix: true }];
  const rest = await callModel(world, { ...body, messages }, { path: "/beta/chat/completions" });
  expect(foldStream(rest.text).content).toBe(GOOD.content.slice(4));
});

test.each([
  ["refused", "connection-refused"],
  ["reset", "connection-reset"],
])("%s breaks the connection before any byte", async (fault, reason) => {
  expect((await strike(fault, true)).failure).toMatchObject({ kind: "fault", reason, beforeAnyByte: true });
});

test("silence gives nothing until the caller leaves", async () => {
  const received = await strike("silence", true);
  expect(received.failure?.kind).toBe("cancelled");
  expect(received.tookMs).toBe(120_000);
  expect(received.world.model.counters).toMatchObject({ inFlight: 0, abortedByCaller: 1 });
  expect(received.world.clock.pendingTimers).toBe(0);
});

test("late-first-token shows signs of life, then answers", async () => {
  const received = await strike("late-first-token-1000", true);
  expect(received.text.match(/^: keep-alive$/gm)).toHaveLength(19);
  expect(received.tookMs).toBeGreaterThan(1_000);
  expect(foldStream(received.text)).toMatchObject({ content: GOOD.content, done: true });
  const unstreamed = await strike("late-first-token-1000", false);
  expect(unstreamed.text).toMatch(/^\n{19,}\{/);
  expect(contentOf(unstreamed.text)).toBe(GOOD.content);
});

test("keep-alive-only shows nothing else, and ends at the provider's limit", async () => {
  const given = await strike("keep-alive-only", true);
  expect(given.text).toMatch(/^(: keep-alive\n\n)+$/);
  expect((await strike("keep-alive-only", false)).text).toMatch(/^\n+$/);
  const world = testModel();
  const waited = await callModel(world, chatBody(PROMPT, { model: "fault-keep-alive-only", stream: true }));
  expect(waited).toMatchObject({ tookMs: 600_000, failure: undefined });
  expect(world.model.counters).toMatchObject({ expired: 1, finished: 0, inFlight: 0 });
});

test("comment-flood sends far more comments", async () => {
  expect((await strike("comment-flood", true, 2_000)).text.match(/^:/gm)?.length).toBeGreaterThan(1_900);
});

test("role-then-silence shows the role and stops", async () => {
  const received = await strike("role-then-silence", true);
  const folded = foldStream(received.text);
  expect(folded.chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([{ role: "assistant", content: "" }]);
  expect(received.tookMs).toBe(120_000);
  expect((await strike("role-then-silence", false)).text.trim()).toBe("");
});

test.each([
  ["cut-20", "connection-lost"],
  ["cut-reset-20", "connection-reset"],
  ["cut-clean-20", undefined],
])("%s gives 20 tokens of the answer and breaks off", async (fault, reason) => {
  const received = await strike(fault, true);
  const folded = foldStream(received.text);
  expect(received.failure?.reason).toBe(reason);
  expect(received.world.model.counters.tokensSent).toBe(20);
  expect(GOOD.content.startsWith(folded.content) && folded.content.length > 0).toBe(true);
  expect(folded).toMatchObject({ finish: undefined, done: false });
  const unstreamed = await strike(fault, false);
  expect(unstreamed.failure?.reason).toBe(reason);
  expect(() => JSON.parse(unstreamed.text)).toThrow();
  expect(unstreamed.text.trim()).not.toBe("");
});

test("a cut later than the answer strikes before its finish", async () => {
  const folded = foldStream((await strike("cut-100000", true)).text);
  expect(folded).toMatchObject({ content: GOOD.content, finish: undefined, done: false });
});

test("stall goes silent on an open connection", async () => {
  const received = await strike("stall-5", true);
  expect(received).toMatchObject({ failure: undefined, tookMs: expect.closeTo(120_000, 0) });
  expect(received.world.model.counters).toMatchObject({ abortedByCaller: 1, tokensSent: 5 });
});

test("trickle takes its time for every token", async () => {
  const world = testModel();
  const received = await callModel(world, chatBody(PROMPT, { model: "fault-trickle-2000", stream: true }));
  expect(foldStream(received.text).content).toBe(GOOD.content);
  expect(received.tookMs).toBeGreaterThanOrEqual((GOOD.tokens - 1) * 2_000);
  const unstreamed = await callModel(world, chatBody(PROMPT, { model: "fault-trickle-10" }));
  expect(contentOf(unstreamed.text)).toBe(GOOD.content);
  expect(unstreamed.reads.length).toBeGreaterThan(100);
});

test("malformed holds one broken event, and the rest follows", async () => {
  const received = await strike("malformed-3", true);
  const broken = eventsOf(received.text).filter((data) => data !== "[DONE]" && !data.endsWith("}"));
  expect(broken).toHaveLength(1);
  expect(received.text).toContain("[DONE]");
  expect(() => JSON.parse(broken[0] as string)).toThrow(SyntaxError);
  const unstreamed = await strike("malformed", false);
  expect(() => JSON.parse(unstreamed.text)).toThrow(SyntaxError);
  expect(unstreamed.failure).toBeUndefined();
});

test.each([
  ["no-done", false, false],
  ["no-done-open", false, true],
  ["done-open", true, true],
])("%s: [DONE] %s, connection left open %s", async (fault, done, open) => {
  const received = await strike(fault, true);
  expect(foldStream(received.text)).toMatchObject({ content: GOOD.content, finish: "stop", done });
  expect(received.tookMs >= 120_000).toBe(open);
  const unstreamed = await strike(fault, false);
  expect(contentOf(unstreamed.text)).toBe(GOOD.content);
  expect(unstreamed.tookMs >= 120_000).toBe(open);
});

test("error-in-stream and error-before-content carry the envelope under status 200", async () => {
  const inside = await strike("error-in-stream-4", true);
  expect(inside.status).toBe(200);
  const error = { type: "service_unavailable_error" };
  expect(JSON.parse(eventsOf(inside.text).at(-1) as string)).toMatchObject({ error });
  expect(eventsOf(inside.text)).toHaveLength(6);
  const before = await strike("error-before-content", true);
  expect(eventsOf(before.text).map((data) => JSON.parse(data))).toMatchObject([{ error }]);
  expect(JSON.parse((await strike("error-before-content", false)).text)).toMatchObject({ error });
});

test.each([
  ["content-filter-6", "content_filter", 6],
  ["insufficient-6", "insufficient_system_resource", 6],
  ["insufficient-at-once", "insufficient_system_resource", 0],
  ["empty", "stop", 0],
])("%s finishes with %s after %i tokens", async (fault, finish, tokens) => {
  const received = await strike(fault, true);
  const folded = foldStream(received.text);
  expect(folded).toMatchObject({ finish, done: true });
  expect(folded.usages[0]).toMatchObject({ completion_tokens: tokens });
  expect(GOOD.content.startsWith(folded.content)).toBe(true);
  expect(folded.content === "").toBe(tokens === 0);
  const document = JSON.parse((await strike(fault, false)).text);
  expect(document.choices[0]).toMatchObject({ finish_reason: finish, message: { content: folded.content } });
});

test("whitespace is spaces only", async () => {
  expect(foldStream((await strike("whitespace-7", true)).text)).toMatchObject({
    content: " ".repeat(7),
    finish: "stop",
  });
  expect(contentOf((await strike("whitespace-7", false)).text)).toBe(" ".repeat(7));
});

test("blank-eof is blank lines and a clean end", async () => {
  for (const stream of [false, true]) {
    expect(await strike("blank-eof", stream)).toMatchObject({ status: 200, text: "\n\n\n\n", failure: undefined });
  }
});

test.each([
  ["html", 502],
  ["html-200", 200],
])("%s is a page with status %i", async (fault, status) => {
  const received = await strike(fault, true);
  expect(received.status).toBe(status);
  expect(received.header("content-type")).toBe("text/html");
  expect(received.text).toContain("<html>");
});

test("huge-headers exceed what the in-process transport accepts", async () => {
  const received = await strike("huge-headers", true);
  expect(received.failure).toMatchObject({ kind: "fault", reason: "headers-too-large" });
  expect(received.world.model.counters.inFlight).toBe(0);
  expect((await strike("huge-headers-1", false)).status).toBe(200);
});

test("endless does not end", async () => {
  const received = await strike("endless", true, 5_000);
  expect(foldStream(received.text)).toMatchObject({ finish: undefined, done: false });
  expect(received.world.model.counters).toMatchObject({ abortedByCaller: 1, inFlight: 0 });
  expect(received.world.model.counters.tokensSent).toBeGreaterThan(4_900);
  expect((await strike("endless", false, 5_000)).text.length).toBeGreaterThan(5_000);
});

test.each(["crlf", "bom", "multi-line-data", "split", "gzip", "usage-trailing", "usage-on-finish", "usage-twice"])(
  "%s changes the layout and nothing else",
  async (fault) => {
    const received = await strike(fault, true);
    expect(foldStream(received.text)).toMatchObject({ content: GOOD.content, finish: "stop", done: true });
    const unstreamed = await strike(fault, false);
    expect(contentOf(unstreamed.text)).toBe(GOOD.content);
  },
);

test("the layouts are what they are called", async () => {
  const text = async (fault: string) => (await strike(fault, true)).text;
  expect((await text("crlf")).replaceAll("\r\n", "")).not.toContain("\n");
  expect((await strike("bom", true)).bytes.slice(0, 3)).toEqual(Uint8Array.of(0xef, 0xbb, 0xbf));
  expect(await text("multi-line-data")).toMatch(/^data: \{\ndata: {2}"id"/);
  expect((await strike("split", true)).reads.every((size) => size === 1)).toBe(true);
});

test("usage stands where its fault puts it", async () => {
  const places = async (fault: string) =>
    foldStream((await strike(fault, true)).text)
      .chunks.filter((chunk) => chunk.usage)
      .map((chunk) => (chunk.choices.length === 0 ? "trailing" : "finish"));
  expect(await places("usage-trailing")).toEqual(["trailing"]);
  expect(await places("usage-on-finish")).toEqual(["finish"]);
  expect(await places("usage-twice")).toEqual(["finish", "trailing"]);
});
