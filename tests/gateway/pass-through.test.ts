import { expectedAnswer } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf } from "../harness/ask.ts";
import { callPath } from "../harness/call-path.ts";
import { asking, QUESTION, TOOL, TOOL_PARAMETERS } from "../harness/client-stage.ts";
import { choicesOf } from "../harness/fold-stream.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

const CHAT = "/v1/chat/completions";
let on: Stage;

/** Each way of reading a provider: every answer as a stream (a known host), and in the caller's own mode. */
const READ_AS = ["stream", "mirror"];

beforeAll(async () => {
  const down = { ...FAST, faultFor: () => "503" };
  on = await stage({
    upstreams: { stream: FAST, mirror: FAST, down, spare: FAST },
    providers: {
      mirror: { preset: "openai-compatible", models: { "mirror-chat": "sim-chat", "mirror-reasoner": "sim-reasoner" } },
      stream: { models: { "stream-chat": "sim-chat", "stream-reasoner": "sim-reasoner", "sim-chat": "sim-chat" } },
      spare: { models: { "pair-*": "sim-chat" } },
    },
    routes: [
      { name: "mirror", model: "mirror-*", ladder: ["mirror"] },
      { name: "pair", model: "pair-*", ladder: ["down", "spare"] },
      { name: "stream", model: "*", ladder: ["stream"] },
    ],
  });
});
afterAll(() => on[Symbol.asyncDispose]());

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const image = (data: string) => ({ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } });

/** Requests that must come through unharmed, whatever form the answer takes. */
const REQUESTS: Readonly<Record<string, JsonObject>> = {
  "plain text": {},
  "structured output": {
    response_format: {
      type: "json_schema",
      json_schema: { name: "tide", strict: true, schema: TOOL_PARAMETERS as never },
    },
  },
  "JSON mode": { messages: asking("The tide as json, please."), response_format: { type: "json_object" } },
  "strict tools": { tools: [{ type: "function", function: { ...TOOL.function, strict: true } }] as never },
  "a named tool of two": {
    tools: [
      TOOL,
      { type: "function", function: { name: "moon_phase", parameters: { type: "object", properties: {} } } },
    ] as never,
    tool_choice: { type: "function", function: { name: "moon_phase" } },
  },
  "a tool's result": {
    tools: [TOOL] as never,
    messages: [
      ...asking(QUESTION),
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "tide_level", arguments: '{"city":"青岛","days":1}' } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: '{"level":"2.4 m"}' },
    ],
  },
  "several choices": { n: 3 },
  "log probabilities": { logprobs: true, top_logprobs: 3 },
  "log probabilities of several choices": { n: 2, logprobs: true },
  "image parts": {
    messages: [{ role: "user", content: [{ type: "text", text: "What is on these?" }, image(PIXEL), image("QUJD")] }],
  },
  "a stop sequence": { stop: ["。", "."] },
  "a length limit": { max_tokens: 12 },
  "Chinese and emoji": { messages: asking("潮汐 🌊🏳️‍🌈 é 👩‍👩‍👧 \u2028 \\u0000 \u{10ffff}") },
};

describe.concurrent.each(READ_AS)("read as %s", (how) => {
  const upstreamOf = () => on.upstreams[how]?.url ?? "";
  const models = (more: JsonObject) => ({ messages: asking(QUESTION), ...more });

  test.each(Object.entries(REQUESTS))("%s: as the provider itself answers, streamed and not", async (_name, more) => {
    const body = models(more);
    const [direct] = (await callPath(upstreamOf(), CHAT, { ...body, model: "sim-chat" })).events;
    const expected = choicesOf([direct ?? {}]);
    const usage = (direct?.usage ?? {}) as JsonObject;
    expect(expected.length).toBe(more.n ?? 1);

    const plain = await callPath(on.url, CHAT, { ...body, model: `${how}-chat` });
    expect(plain.status).toBe(200);
    expect(choicesOf(plain.events)).toEqual(expected);
    expect(plain.events[0]?.object).toBe("chat.completion");
    expect(plain.events[0]?.usage).toMatchObject({
      prompt_tokens: usage.prompt_tokens,
      completion_tokens: usage.completion_tokens,
    });

    const streamed = await callPath(on.url, CHAT, { ...body, model: `${how}-chat`, stream: true });
    expect(streamed.done).toBe(true);
    expect(choicesOf(streamed.events)).toEqual(expected);
  });

  test("reasoning, with its log probabilities", async () => {
    const body = models({ logprobs: true });
    const [direct] = (await callPath(upstreamOf(), CHAT, { ...body, model: "sim-reasoner" })).events;
    const expected = choicesOf([direct ?? {}]);
    expect(expected[0]?.reasoning).not.toBe("");
    for (const stream of [false, true]) {
      const reply = await callPath(on.url, CHAT, { ...body, model: `${how}-reasoner`, stream });
      expect(choicesOf(reply.events)).toEqual(expected);
    }
  });

  test("a folded document has exactly the members of the provider's own", async () => {
    const body = models({ tools: [TOOL] as never, logprobs: true });
    const [direct] = (await callPath(upstreamOf(), CHAT, { ...body, model: "sim-chat" })).events;
    const [folded] = (await callPath(on.url, CHAT, { ...body, model: `${how}-chat` })).events;
    const { tideover, ...document } = folded ?? {};
    expect(tideover).toMatchObject({ rung: "live", provider: how, degraded: false });
    expect(Object.keys(document).sort()).toEqual(Object.keys(direct ?? {}).sort());
    const [choice] = document.choices as unknown as JsonObject[];
    const [original] = (direct?.choices ?? []) as unknown as JsonObject[];
    expect(Object.keys(choice ?? {}).sort()).toEqual(Object.keys(original ?? {}).sort());
  });

  test("a prompt of 1 MB and an image of 1 MB", async () => {
    const megabyte = "潮起潮落 tide ".repeat(60_000);
    const picture = Buffer.alloc(786_432, "tide").toString("base64");
    for (const messages of [
      asking(megabyte),
      [{ role: "user", content: [{ type: "text", text: "What is this?" }, image(picture)] }],
    ]) {
      const reply = await callPath(on.url, CHAT, { model: `${how}-chat`, messages });
      expect(reply.status).toBe(200);
      expect(choicesOf(reply.events)[0]?.content).toBe(expectedAnswer({ messages }).content);
    }
  });

  test("usage of a stream shows only to those who asked for it", async () => {
    const bare = async (more: JsonObject) => {
      const reply = await callPath(on.url, CHAT, { ...models({}), model: `${how}-chat`, stream: true, ...more });
      return reply.events.filter((event) => Array.isArray(event.choices) && event.choices.length === 0);
    };
    expect(await bare({})).toEqual([]);
    expect(await bare({ stream_options: { include_usage: false } })).toEqual([]);
    const { tokens } = expectedAnswer(models({}));
    const asked = await bare({ stream_options: { include_usage: true } });
    expect(asked).toMatchObject([{ usage: { completion_tokens: tokens } }]);
  });
});

test("no chunk says `usage: null` to those who did not ask for usage", async () => {
  const reply = await callPath(on.url, CHAT, { model: "stream-chat", messages: asking(QUESTION), stream: true });
  expect(reply.events.filter((event) => event.usage === null).length).toBe(0);
});

describe.concurrent("other paths", () => {
  const completion = { model: "sim-chat", prompt: "The tide comes in" };
  const middle = { model: "sim-chat", prompt: "def tide(", suffix: "return level" };

  test.each([
    ["/v1/completions", completion],
    ["/completions", completion],
    ["/beta/completions", middle],
    ["/v1/completions", middle],
  ])("%s: %j", async (path, body) => {
    const { content } = expectedAnswer(body);
    const plain = await callPath(on.url, path, body);
    expect(plain.events[0]).toMatchObject({
      object: "text_completion",
      choices: [{ text: content, finish_reason: "stop" }],
    });
    const streamed = await callPath(on.url, path, { ...body, stream: true });
    expect(choicesOf(streamed.events)[0]?.content).toBe(content);
    expect(streamed.done).toBe(true);
    expect(on.upstreams.stream?.model.counters.paths["/beta/completions"]).toBeGreaterThan(0);
  });

  test.each(["/chat/completions", "/beta/chat/completions"])("DeepSeek's own %s", async (path) => {
    const body = { model: "sim-chat", messages: asking(QUESTION) };
    const reply = await callPath(on.url, path, body);
    expect(choicesOf(reply.events)[0]?.content).toBe(expectedAnswer(body).content);
  });

  test.each([
    ["/v1/chat/completions", false],
    ["/beta/chat/completions", false],
    ["/beta/chat/completions", true],
  ])("a prefix is continued exactly through %s, streamed: %s", async (path, stream) => {
    const whole = expectedAnswer({ messages: asking(QUESTION) }).content;
    const given = [...whole].slice(0, 30).join("");
    const messages = [...asking(QUESTION), { role: "assistant", content: given, prefix: true }];
    const reply = await callPath(on.url, path, { model: "sim-chat", messages, stream });
    expect(given + choicesOf(reply.events)[0]?.content).toBe(whole);
  });

  test.each([["/v1/embeddings"], ["/embeddings"]])("%s, with failover", async (path) => {
    const input = ["潮 tide", "ebb", path]; // Equal ones would be answered from the cache.
    const [direct] = (await callPath(on.upstreams.spare?.url ?? "", "/embeddings", { model: "sim-chat", input }))
      .events;
    const reply = await callPath(on.url, path, { model: "pair-embeddings", input });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("tideover-rung")).toBe("alternate");
    expect(reply.headers.get("tideover-provider")).toBe("spare");
    expect(reply.events[0]).toMatchObject({ object: "list", data: direct?.data, usage: direct?.usage });
  });

  test("embeddings in base64 come byte for byte", async () => {
    const body = { model: "sim-chat", input: "tide", encoding_format: "base64", dimensions: 256 };
    const [direct] = (await callPath(on.upstreams.stream?.url ?? "", "/embeddings", body)).events;
    const [through] = (await callPath(on.url, "/v1/embeddings", body)).events;
    expect(through?.data).toEqual(direct?.data);
  });

  test("/v1/models and /models", async () => {
    for (const path of ["/v1/models", "/models"]) {
      const response = await fetch(`${on.url}${path}`);
      const { object, data } = (await response.json()) as { object: string; data: { id: string; owned_by: string }[] };
      expect(object).toBe("list");
      const ids = data.map(({ id }) => id);
      expect(ids).toContain("mirror-chat");
      expect(ids).toContain("deepseek-flash");
      const one = await fetch(`${on.url}${path}/deepseek-flash`);
      expect(await one.json()).toMatchObject({ id: "deepseek-flash", object: "model" });
    }
  });

  test.each([false, true])("a 422 has the provider's own status and words, streamed: %s", async (stream) => {
    const body = { model: "sim-chat", messages: asking(QUESTION), temperature: "warm", stream };
    const direct = await callPath(on.upstreams.stream?.url ?? "", CHAT, body);
    const reply = await callPath(on.url, CHAT, body);
    expect(reply.status).toBe(422);
    expect(errorOf(reply.events[0]).message).toContain("temperature");
    expect(errorOf(direct.events[0]).message).toContain("temperature");
    expect(reply.headers.get("tideover-attempts")).toBe("1");
  });
});
