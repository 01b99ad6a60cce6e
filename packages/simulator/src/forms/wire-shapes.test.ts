import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { callModel, chatBody, eventsOf, foldStream, testModel } from "../testing/call-model.ts";
import { expectedAnswer } from "../text/expected-answer.ts";

const TOOLS = [
  {
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
];

const streamOf = async (body: JsonObject, path?: string) => {
  const received = await callModel(testModel(), { ...body, stream: true }, path === undefined ? {} : { path });
  return foldStream(received.text);
};
const documentOf = async (body: JsonObject, path?: string) =>
  JSON.parse((await callModel(testModel(), body, path === undefined ? {} : { path })).text);

test("a plain stream has DeepSeek's chunks in DeepSeek's order", async () => {
  const received = await callModel(testModel(), chatBody("x", { stream: true }));
  expect(received.header("content-type")).toBe("text/event-stream; charset=utf-8");
  const events = eventsOf(received.text);
  expect(events.at(-1)).toBe("[DONE]");
  const chunks = events.slice(0, -1).map((data) => JSON.parse(data));
  const same = { id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/), object: "chat.completion.chunk" };
  const constant = {
    ...same,
    model: "deepseek-flash",
    system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]{10}_prod/),
  };
  expect(chunks[0]).toEqual({
    ...constant,
    created: 1_795_305_600,
    choices: [{ index: 0, delta: { role: "assistant", content: "" }, logprobs: null, finish_reason: null }],
  });
  expect(chunks[1].choices).toEqual([
    { index: 0, delta: { content: expect.stringMatching(/./) }, logprobs: null, finish_reason: null },
  ]);
  expect(chunks.at(-1)).toMatchObject({ choices: [{ delta: { content: "" }, finish_reason: "stop" }] });
  expect(chunks.at(-1).usage.completion_tokens).toBe(expectedAnswer(chatBody("x")).tokens);
  expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
});

test("a thinking stream has reasoning before content, each with the other null", async () => {
  const body = chatBody("x", { thinking: { type: "enabled" } });
  const { chunks, reasoning, content, usages } = await streamOf(body);
  const expected = expectedAnswer(body);
  expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: null, reasoning_content: "" });
  const kinds = chunks.slice(1, -1).map((chunk) => {
    const delta = chunk.choices[0]?.delta;
    expect([delta?.content, delta?.reasoning_content].filter((text) => text === null)).toHaveLength(1);
    return delta?.content === null ? "reasoning" : "content";
  });
  expect(kinds.lastIndexOf("reasoning")).toBeLessThan(kinds.indexOf("content"));
  expect({ reasoning, content }).toEqual({ reasoning: expected.reasoning, content: expected.content });
  const tokens = usages[0]?.completion_tokens_details as JsonObject;
  expect(tokens.reasoning_tokens).toBe(kinds.filter((kind) => kind === "reasoning").length);
  expect((await documentOf(body)).choices[0].message).toMatchObject({
    reasoning_content: expected.reasoning,
    content: expected.content,
  });
});

test("a tool call comes in fragments, its first with id and name", async () => {
  const body = chatBody("x", { tools: TOOLS });
  const { chunks, toolArguments, finish } = await streamOf(body);
  const expected = expectedAnswer(body).toolCalls[0];
  const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  expect(deltas[0]).toEqual({
    index: 0,
    id: expected?.id,
    type: "function",
    function: { name: "weather", arguments: "" },
  });
  expect(deltas.slice(1).every((delta) => Object.keys(delta).join() === "index,function")).toBe(true);
  expect({ toolArguments, finish }).toEqual({ toolArguments: expected?.arguments, finish: "tool_calls" });
  const message = (await documentOf(body)).choices[0].message;
  expect(message.tool_calls[0]).toMatchObject({ id: expected?.id, function: { arguments: expected?.arguments } });
});

test("usage comes on a trailing chunk when it was asked for, and the others say null", async () => {
  const { chunks } = await streamOf(chatBody("x", { stream_options: { include_usage: true } }));
  const last = chunks.at(-1);
  expect(last?.choices).toEqual([]);
  expect(last?.usage).toMatchObject({ prompt_tokens: expect.any(Number) });
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
});

test("several choices share a stream, and each is its own", async () => {
  const body = chatBody("x", { n: 3 });
  const { chunks } = await streamOf(body);
  for (const index of [0, 1, 2]) {
    const own = chunks.flatMap((chunk) => chunk.choices).filter((choice) => choice.index === index);
    expect(own.map((choice) => choice.delta.content ?? "").join("")).toBe(expectedAnswer(body, {}, index).content);
    expect(own.at(-1)?.finish_reason).toBe("stop");
  }
  expect((await documentOf(body)).choices).toHaveLength(3);
});

test("log probabilities cover every token", async () => {
  const body = chatBody("x", { logprobs: true, top_logprobs: 2 });
  const document = await documentOf(body);
  const entries = document.choices[0].logprobs.content as { token: string; top_logprobs: unknown[]; bytes: number[] }[];
  expect(entries.map((entry) => entry.token).join("")).toBe(expectedAnswer(body).content);
  expect(entries.every((entry) => entry.top_logprobs.length === 2)).toBe(true);
  const { chunks } = await streamOf(body);
  const streamed = chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? []);
  expect(streamed).toEqual(entries);
});

test("image parts are accepted and counted", async () => {
  const content = [
    { type: "text", text: "what is this" },
    { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
  ];
  const { usage } = await documentOf({ model: "m", messages: [{ role: "user", content }] });
  expect(usage.prompt_tokens).toBeGreaterThan(256);
});

test("completions and fill-in-the-middle, streamed and not", async () => {
  const body = { model: "m", prompt: "def f(", suffix: "return 1" };
  const expected = expectedAnswer(body).content;
  const document = await documentOf(body, "/beta/completions");
  expect(document).toMatchObject({ object: "text_completion", choices: [{ text: expected, finish_reason: "stop" }] });
  const received = await callModel(testModel(), { ...body, stream: true }, { path: "/v1/completions" });
  const events = eventsOf(received.text);
  expect(events.at(-1)).toBe("[DONE]");
  const chunks = events.slice(0, -1).map((data) => JSON.parse(data));
  expect(chunks.map((chunk) => chunk.choices[0].text).join("")).toBe(expected);
  const withLogprobs = await documentOf({ ...body, logprobs: 1 }, "/completions");
  expect(withLogprobs.choices[0].logprobs.tokens.join("")).toBe(expected);
});

test("embeddings are unit vectors of the text, as numbers and as base64", async () => {
  const numbers = await documentOf({ model: "e", input: ["a", "b", "a"], dimensions: 8 }, "/v1/embeddings");
  const vectors = numbers.data.map((item: { embedding: number[] }) => item.embedding) as number[][];
  expect(vectors[0]).toEqual(vectors[2]);
  expect(vectors[0]).not.toEqual(vectors[1]);
  expect(Math.hypot(...(vectors[0] ?? []))).toBeCloseTo(1, 5);
  const packed = await documentOf({ model: "e", input: "a", dimensions: 8, encoding_format: "base64" }, "/embeddings");
  const bytes = Uint8Array.from(atob(packed.data[0].embedding), (character) => character.charCodeAt(0));
  expect([...new Float32Array(bytes.buffer)]).toEqual(vectors[0]);
});

test("models and balance have DeepSeek's forms", async () => {
  const get = async (path: string) => JSON.parse((await callModel(testModel(), undefined, { path })).text);
  expect(await get("/models")).toMatchObject({
    object: "list",
    data: expect.arrayContaining([{ id: "deepseek-flash", object: "model", owned_by: "deepseek" }]),
  });
  expect(await get("/user/balance")).toMatchObject({
    is_available: true,
    balance_infos: [{ currency: "CNY", total_balance: "1000.00" }],
  });
  expect((await callModel(testModel(), undefined, { path: "/chat/completions" })).status).toBe(405);
});

test("strict JSON modes give what was asked for, streamed and not", async () => {
  const schema = { type: "object", properties: { answer: { type: "boolean" } }, required: ["answer"] };
  const body = chatBody("x", { response_format: { type: "json_schema", json_schema: { name: "a", schema } } });
  expect(JSON.parse((await streamOf(body)).content)).toEqual({ answer: expect.any(Boolean) });
  expect(JSON.parse((await documentOf(body)).choices[0].message.content)).toEqual({ answer: expect.any(Boolean) });
});
