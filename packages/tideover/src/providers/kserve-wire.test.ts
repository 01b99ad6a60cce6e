import type { Failure, JsonObject, Transport, TransportRequest } from "tideover/engine";
import { testCall, VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { ALL_WIRES } from "./all-wires.ts";
import { createOpenAiAdapter } from "./openai-adapter.ts";
import { defineProvider } from "./provider.ts";
import type { ProviderSettings } from "./provider-settings.ts";

const encoder = new TextEncoder();

/** A call to a scripted server, with what was sent to it. */
async function ask(
  body: JsonObject,
  answer: { readonly status?: number; readonly contentType: string; readonly text: string },
  settings: Partial<ProviderSettings> = {},
) {
  const sent: TransportRequest[] = [];
  const transport: Transport = {
    send(request) {
      sent.push(request);
      const parts = [encoder.encode(answer.text)];
      const source = { read: () => Promise.resolve(parts.shift()), cancel: () => undefined };
      const header = (name: string) => (name === "content-type" ? answer.contentType : undefined);
      return Promise.resolve({ type: "response", status: answer.status ?? 200, header, body: source });
    },
  };
  const definition = defineProvider("triton", { preset: "kserve", ...settings });
  const adapter = createOpenAiAdapter(definition, definition.accounts[0], {
    transport,
    clock: new VirtualClock(),
    wires: ALL_WIRES,
  });
  const full: JsonObject = { model: "qwen", messages: [{ role: "user", content: "Tide?" }], ...body };
  const request = {
    operation: "chat" as const,
    model: "qwen",
    body: full,
    bytes: encoder.encode(JSON.stringify(full)),
    stream: full.stream === true,
    includeUsage: false,
  };
  const scope = { signal: new AbortController().signal, connected: () => undefined };
  const outcome = await adapter(testCall({ id: "c1", request }), scope);
  const texts: unknown[] = [];
  let ending: Failure | undefined;
  while (outcome.type === "raw-answer") {
    const next = await outcome.stream.read();
    if (next.type === "ending") {
      ending = next.failure;
      break;
    }
    texts.push(...next.events.map(({ json }) => json));
  }
  return { sent, outcome, texts, ending };
}

const stream = { contentType: "text/event-stream; charset=utf-8", text: 'data: {"text_output":"Ebb."}\n\n' };

test("a chat request goes to the model's generate_stream, and comes back as a chat stream", async () => {
  const { sent, texts, ending, outcome } = await ask({ max_tokens: 9 }, stream, { models: { "*": "deep/seek" } });
  expect(sent[0]?.url).toBe("http://localhost:8000/v2/models/deep%2Fseek/generate_stream");
  expect(JSON.parse(new TextDecoder().decode(sent[0]?.body as Uint8Array))).toEqual({
    text_input: "<|im_start|>user\nTide?<|im_end|>\n<|im_start|>assistant\n",
    parameters: { stream: true, max_tokens: 9 },
  });
  expect(outcome).toMatchObject({ model: "deep/seek" });
  expect(ending).toBeUndefined();
  expect(texts).toMatchObject([
    { id: "chatcmpl-c1", model: "deep/seek", choices: [{ delta: { role: "assistant" } }] },
    { choices: [{ delta: { content: "Ebb." } }] },
    { choices: [{ delta: {}, finish_reason: "stop" }] },
  ]);
});

test("with upstream: mirror an unstreamed caller's goes to generate", async () => {
  const whole = { contentType: "application/json", text: '{"text_output":"Tide?Ebb."}' };
  const { sent, texts } = await ask({}, whole, { upstream: "mirror", promptTemplate: "raw" });
  expect(sent[0]?.url).toBe("http://localhost:8000/v2/models/qwen/generate");
  expect(texts).toMatchObject([{ object: "chat.completion", choices: [{ message: { content: "Ebb." } }] }]);
});

test.each<[JsonObject, string]>([
  [{ tools: [{ type: "function", function: { name: "tide" } }] }, "tools-asked"],
  [{ response_format: { type: "json_object" } }, "json-asked"],
  [{ response_format: { type: "json_schema", json_schema: {} } }, "format-asked"],
  [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] }, "images-asked"],
  [{ n: 2 }, "several-choices-asked"],
  [{ logprobs: true }, "logprobs-asked"],
])("%j is refused unsent", async (body, reason) => {
  const { sent, outcome } = await ask(body, stream);
  expect(outcome).toMatchObject({ type: "failure", kind: "incompatible", reason, provider: "triton" });
  expect(sent).toEqual([]);
});

test.each([".", "..", "", "\ud800"])("a model of the name %j has no address, and nothing is sent", async (model) => {
  const { sent, outcome } = await ask({}, stream, { models: { "*": model } });
  expect(outcome).toMatchObject({ type: "failure", kind: "incompatible", reason: "model-not-found" });
  expect(sent).toEqual([]);
});

test.each<[number, string, object]>([
  [400, "Request for unknown model: 'qwen' is not found", { kind: "incompatible", reason: "model-not-found" }],
  [400, "Request for model 'qwen' failed: model is not ready", { kind: "overloaded", reason: "model-loading" }],
  [500, "inference failed", { kind: "fault", reason: "http-500" }],
])("%i %s", async (status, error, expected) => {
  const answer = { status, contentType: "application/json", text: JSON.stringify({ error }) };
  expect((await ask({}, answer)).outcome).toMatchObject(expected);
});
