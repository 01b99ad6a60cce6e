import { readFileSync } from "node:fs";
import type { CallRequest, Failure, JsonObject, Operation } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { type PreparedRequest, prepareRequest } from "./prepare.ts";
import { defineProvider } from "./provider.ts";
import type { ProviderSettings } from "./provider-settings.ts";
import { VERSION } from "./version.ts";

const requestOf = (body: JsonObject, operation: Operation = "chat", text = JSON.stringify(body)): CallRequest => ({
  operation,
  model: String(body.model),
  body,
  bytes: new TextEncoder().encode(text),
  stream: body.stream === true,
  includeUsage: false,
});

const messages = [{ role: "user", content: "Hello" }];
const deepseek: ProviderSettings = { preset: "deepseek", apiKey: "sk-test" };
const box: ProviderSettings = { preset: "openai-compatible", baseUrl: "http://box:8000/v1" };

const attempt = (settings: ProviderSettings, request: CallRequest): PreparedRequest | Failure => {
  const definition = defineProvider("p", settings);
  return prepareRequest(definition, definition.accounts[0], request, { remainingMs: 1_234.5 });
};

const prepared = (settings: ProviderSettings, request: CallRequest): PreparedRequest & { json: JsonObject } => {
  const result = attempt(settings, request);
  if (result.type === "failure") throw new Error(result.message);
  return { ...result, json: JSON.parse(new TextDecoder().decode(result.body)) };
};

const refused = (settings: ProviderSettings, request: CallRequest): Failure => {
  const result = attempt(settings, request);
  if (result.type !== "failure") throw new Error("It was prepared.");
  return result;
};

test("the caller's own bytes go out when nothing has to change", () => {
  const request = requestOf({ model: "m", messages }, "chat", ' {"model": "m", "messages": [], "seed": 1e400} ');
  const result = attempt(box, request);
  expect(result).toMatchObject({ changed: false, streamed: false, model: "m" });
  expect((result as PreparedRequest).body).toBe(request.bytes);
});

test("an unstreamed caller is served through a stream with usage, and that is no change of the request", () => {
  const { json, ...result } = prepared(
    deepseek,
    requestOf({ model: "deepseek-flash", messages, n: 2, logprobs: true }),
  );
  expect(json).toEqual({
    model: "deepseek-flash",
    messages,
    n: 2,
    logprobs: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(result).toMatchObject({ changed: false, streamed: true });
});

test("a streamed caller's request goes out as it was written, stream options and all", () => {
  const request = requestOf({ model: "deepseek-flash", messages, stream: true, stream_options: { x: 1 } });
  expect(attempt(deepseek, request)).toMatchObject({ streamed: true, body: request.bytes });
});

test("mirror passes the caller's own mode through", () => {
  const mirror = { ...deepseek, upstream: "mirror" } as const;
  expect(prepared(mirror, requestOf({ model: "deepseek-flash", messages }))).toMatchObject({ streamed: false });
  const streamed = requestOf({ model: "deepseek-flash", messages, stream: true });
  expect(attempt(mirror, streamed)).toMatchObject({ streamed: true, body: streamed.bytes });
});

test.each<[string, CallRequest]>([
  ["embeddings", requestOf({ model: "m", input: "x" }, "embeddings")],
  ["several tries of which the best is kept", requestOf({ model: "m", prompt: "x", best_of: 3 }, "completions")],
  ["spoken answers", requestOf({ model: "m", messages, modalities: ["text", "audio"] })],
])("%s are not turned into a stream", (_what, request) => {
  const result = attempt({ preset: "vllm" }, request);
  expect(result).toMatchObject({ streamed: false, body: request.bytes });
});

test("what was made of a request in another form need not be as its caller meant it", () => {
  const request = { ...requestOf({ model: "deepseek-flash", messages }), translated: true };
  expect(prepared(deepseek, request)).toMatchObject({ changed: true, model: "deepseek-flash" });
});

test("numbers that a double cannot hold arrive as written, also when the model is mapped", () => {
  const text = '{"model":"deepseek-flash","seed":12345678901234567890,"messages":[]}';
  const request = requestOf({ model: "deepseek-flash", messages: [] }, "chat", text);
  const result = prepared({ ...box, models: { "deepseek-flash": "qwen" } }, request);
  expect(new TextDecoder().decode(result.body)).toBe('{"seed":12345678901234567890,"messages":[],"model":"qwen"}');
  expect(result).toMatchObject({ changed: true, model: "qwen" });
});

describe("headers", () => {
  const request = requestOf({ model: "m", messages });

  test("carry our key and name, and ask for no compression", () => {
    expect(prepared(deepseek, request).headers).toEqual({
      accept: "text/event-stream",
      "accept-encoding": "identity",
      authorization: "Bearer sk-test",
      "content-type": "application/json",
      "user-agent": `tideover/${VERSION}`,
    });
  });

  test("have the key where the host wants it, or none", () => {
    const azure = prepared({ preset: "azure", apiKey: "k", baseUrl: "https://r.example.com/openai/v1" }, request);
    expect(azure.headers).toMatchObject({ "api-key": "k" });
    expect(azure.headers).not.toHaveProperty("authorization");
    expect(prepared(box, request).headers).not.toHaveProperty("authorization");
    expect(prepared({ ...box, apiKey: "k" }, request).headers).toMatchObject({ authorization: "Bearer k" });
  });

  test("have the configuration's own beside", () => {
    expect(prepared({ ...box, headers: { "X-Team": "shop" } }, request).headers).toMatchObject({ "x-team": "shop" });
  });

  test("tell the deadline to those who understand it", () => {
    const other: ProviderSettings = { preset: "tideover", baseUrl: "http://other:8787/v1" };
    expect(prepared(other, request).headers).toMatchObject({ "tideover-deadline": "1234ms" });
    expect(prepared(deepseek, request).headers).not.toHaveProperty("tideover-deadline");
  });
});

test("the version is that of the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(manifest).toMatchObject({ version: VERSION });
});

describe("refused fields", () => {
  const groq: ProviderSettings = { preset: "groq", apiKey: "k" };

  test("accounting fields are dropped without a word", () => {
    const { json, changed } = prepared(groq, requestOf({ model: "m", messages, metadata: { a: "b" } }));
    expect(json).toEqual({ model: "m", messages });
    expect(changed).toBe(false);
  });

  test("metadata stays where it is accepted", () => {
    expect(prepared(box, requestOf({ model: "m", messages, metadata: { a: "b" } })).json).toHaveProperty("metadata");
  });

  test("a field that shapes the answer makes the provider unfit, unless it asks for nothing", () => {
    expect(refused(groq, requestOf({ model: "m", messages, logprobs: true }))).toMatchObject({
      kind: "incompatible",
      reason: "field-refused",
      provider: "p",
      message: 'Groq does not accept "logprobs".',
    });
    expect(prepared(groq, requestOf({ model: "m", messages, logprobs: false, top_logprobs: null })).json).toEqual({
      model: "m",
      messages,
    });
  });
});

describe("thinking", () => {
  const enabled = requestOf({ model: "m", messages, thinking: { type: "enabled" } });

  test.each<[string, ProviderSettings, JsonObject, boolean]>([
    ["deepseek", deepseek, { thinking: { type: "enabled" } }, false],
    ["siliconflow", { preset: "siliconflow", apiKey: "k" }, { enable_thinking: true }, true],
    ["vllm", { preset: "vllm" }, { chat_template_kwargs: { thinking: true } }, true],
    ["groq", { preset: "groq", apiKey: "k" }, {}, true],
    ["openai-compatible", box, { thinking: { type: "enabled" } }, false],
  ])("is said in the words of %s", (_name, settings, members, changed) => {
    const { json, ...result } = prepared({ ...settings, upstream: "mirror" }, enabled);
    expect(json).toEqual({ model: "m", messages, ...members });
    expect(result.changed).toBe(changed);
  });

  test.each([
    ["deepseek-chat", "disabled"],
    ["deepseek-reasoner", "enabled"],
  ])("the retired name %s says that it is %s", (model, type) => {
    expect(prepared(deepseek, requestOf({ model, messages }))).toMatchObject({
      json: { model: "deepseek-flash", thinking: { type } },
      changed: true,
    });
    const explicit = requestOf({ model, messages, thinking: { type: "enabled" } });
    expect(prepared(deepseek, explicit).json).toMatchObject({ thinking: { type: "enabled" } });
    // Where the person who configures maps the name, that person decides.
    const own = { ...deepseek, models: { [model]: "mine" } };
    expect(prepared(own, requestOf({ model, messages })).json).not.toHaveProperty("thinking");
  });

  test("a mistake in the field is left to the provider to name", () => {
    const wrong = requestOf({ model: "m", messages, thinking: "yes" });
    expect(prepared({ preset: "vllm", upstream: "mirror" }, wrong).json).toEqual(wrong.body);
  });
});

describe("the beta path of DeepSeek", () => {
  const strict = [{ type: "function", function: { name: "f", strict: true, parameters: {} } }];
  const prefix = [...messages, { role: "assistant", content: "Once", prefix: true }];

  test.each<[string, CallRequest, string]>([
    ["chat", requestOf({ model: "m", messages }), "/chat/completions"],
    ["strict tools", requestOf({ model: "m", messages, tools: strict }), "/beta/chat/completions"],
    ["prefix completion", requestOf({ model: "m", messages: prefix }), "/beta/chat/completions"],
    ["fill in the middle", requestOf({ model: "m", prompt: "a", suffix: "b" }, "fim"), "/beta/completions"],
    ["text completions", requestOf({ model: "m", prompt: "a" }, "completions"), "/beta/completions"],
  ])("%s", (_what, request, path) => {
    expect(prepared(deepseek, request)).toMatchObject({ url: `https://api.deepseek.com${path}`, changed: false });
  });

  test("embeddings are not offered by DeepSeek itself; what another address offers is its own affair", () => {
    const request = requestOf({ model: "m", input: "x" }, "embeddings");
    expect(refused(deepseek, request)).toMatchObject({ kind: "incompatible", reason: "operation-not-offered" });
    expect(prepared({ ...deepseek, baseUrl: "http://box/v1" }, request).url).toBe("http://box/v1/embeddings");
  });
});

describe("prefix completion", () => {
  const partial = { role: "assistant", content: "Once", prefix: true };
  const request = requestOf({ model: "m", messages: [...messages, partial] });
  const continued = (continuation: ProviderSettings["continuation"]) => prepared({ ...box, continuation }, request);

  test("is translated into each exact mode", () => {
    const bare = { role: "assistant", content: "Once" };
    expect(continued("message-prefix")).toMatchObject({ json: request.body, changed: false });
    expect(continued("message-partial").json.messages).toEqual([...messages, { ...bare, partial: true }]);
    expect(continued("bare-assistant").json.messages).toEqual([...messages, bare]);
    expect(continued("body-prefix").json).toEqual({ model: "m", messages, prefix: "Once" });
    expect(continued("continue-final-message")).toMatchObject({
      json: { messages: [...messages, bare], continue_final_message: true, add_generation_prompt: false },
      changed: true,
    });
  });

  test("is not asked of a host that might start again without a word", () => {
    expect(refused(box, request)).toMatchObject({ kind: "incompatible", reason: "continuation-unsupported" });
    expect(refused({ preset: "openai", apiKey: "k" }, request).kind).toBe("incompatible");
    // Assumed only.
    expect(refused({ preset: "openrouter", apiKey: "k" }, request).kind).toBe("incompatible");
  });

  test("a reasoning is continued only where that is known to work", () => {
    const thinking = requestOf({
      model: "m",
      messages: [{ role: "assistant", content: "", reasoning_content: "Hm", prefix: true }],
    });
    expect(prepared(deepseek, thinking).json.messages).toEqual(thinking.body.messages);
    expect(refused({ ...box, continuation: "message-prefix" }, thinking).reason).toBe("continuation-unsupported");
    const past = requestOf({ model: "m", messages: [{ ...partial, reasoning_content: "Hm" }] });
    expect(prepared({ ...box, continuation: "message-prefix" }, past)).toMatchObject({
      json: { messages: [partial] },
      changed: true,
    });
  });
});

test("earlier reasoning is brought to the target's rule", () => {
  const history = [
    { role: "assistant", content: "Hi", reasoning_content: "r" },
    { role: "assistant", content: "Ho" },
  ];
  const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
  const request = requestOf({ model: "m", messages: history, tools });
  expect(prepared(deepseek, request)).toMatchObject({
    json: { messages: [history[0], { ...history[1], reasoning_content: "" }] },
    changed: true,
  });
  expect(prepared({ preset: "groq", apiKey: "k" }, request).json.messages).toEqual([
    { role: "assistant", content: "Hi" },
    { role: "assistant", content: "Ho" },
  ]);
  expect(prepared(box, request).changed).toBe(false);
});

test("a model's own rule comes before its host's", () => {
  const request = requestOf({
    model: "deepseek-r1",
    messages: [{ role: "assistant", content: "a", reasoning_content: "r" }],
  });
  expect(prepared({ preset: "dashscope", apiKey: "k" }, request).json.messages).toEqual([
    { role: "assistant", content: "a" },
  ]);
});

test("a body without messages goes on, for the provider to name the mistake", () => {
  expect(prepared(box, requestOf({ model: "m" })).json).toEqual({ model: "m" });
});
