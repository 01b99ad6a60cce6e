import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import OpenAI from "openai";
import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  events,
  LOADING,
  PAGES,
  type StandIn,
  standIn,
} from "../../packages/gateway/src/local-servers/testing/stand-in-servers.ts";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/*
 * A gateway on sockets before servers of this machine that answer as the real ones are documented to.
 */

const onnxRuntimePath = findOnnxRuntime(process);
const timers = { firstToken: "15s", gap: "15s", deadline: "30s", retry: "off" } as const;
const LONG = "The tide rises and falls. ".repeat(40);

let folder: string;
let triton: StandIn;
let ollama: StandIn;
let loading: StandIn;
let on: Stage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-servers-"));
  await writeModel(tinyModel({ seed: 3 }), folder);
  const words = ["Tides ", "ebb", ".<|im_", "end|>", "and more"].map((text) => ({ text_output: text }));
  triton = await standIn({ ...PAGES.triton, "POST /v2/models/qwen/generate_stream": events(words, false) });
  ollama = await standIn(PAGES.ollama);
  loading = await standIn({}, LOADING);
  const at = ({ port }: StandIn, path = "v1") => `http://127.0.0.1:${port}/${path}`;
  on = await stage({
    upstreams: { dead: FAST },
    providers: {
      dead: { breaker: "off", models: { "*": "fault-500" } },
      triton: { preset: "kserve", baseUrl: at(triton, "v2"), degraded: true, models: { "*": "qwen" } },
      small: { preset: "ollama", baseUrl: at(ollama), lacks: ["tools"], contextTokens: 200, models: { "*": "m" } },
      loading: { preset: "llama-cpp", baseUrl: at(loading), breaker: "off" },
      tiny: { preset: "onnx", model: folder, dtype: "fp32", inProcess: { threads: 1, contextTokens: 512 } },
    },
    routes: [
      { name: "triton", model: "triton", ...timers, ladder: ["dead", "triton"] },
      { name: "next", model: "next", ...timers, ladder: ["small", "triton"] },
      { name: "refuse", model: "refuse", ...timers, ladder: ["small", { template: { text: "Later." } }] },
      { name: "only", model: "only", ...timers, ladder: ["small"] },
      { name: "shorten", model: "shorten", ...timers, longPrompt: "shorten", ladder: ["small"] },
      { name: "shorten-tiny", model: "tiny", ...timers, longPrompt: "shorten", ladder: ["dead", "tiny"] },
      { name: "loading", model: "loading", ...timers, ladder: ["loading", "triton"] },
    ],
    models: { ...(onnxRuntimePath === undefined ? {} : { onnxRuntimePath }) },
  });
});
afterAll(async () => {
  await on[Symbol.asyncDispose]();
  for (const server of [triton, ollama, loading]) await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const provenanceOf = (json: JsonObject | undefined) => json?.tideover as JsonObject | undefined;
const conversation = (turns: number) => [
  { role: "system", content: "Be brief." },
  ...Array.from({ length: turns }, (_, turn) => [
    { role: "user", content: `${turn}: ${LONG}` },
    { role: "assistant", content: LONG },
  ]).flat(),
  { role: "user", content: "How high is the tide?" },
];

describe("a model behind KServe's generate endpoint", () => {
  test("streams to an OpenAI client when every live provider is down, and ends at the template's end of a turn", async () => {
    const client = new OpenAI({ baseURL: `${on.url}/v1`, apiKey: "any", maxRetries: 0 });
    const request = { model: "triton", messages: [{ role: "user" as const, content: "Tide?" }], max_tokens: 20 };
    const { data, response } = await client.chat.completions.create({ ...request, stream: true }).withResponse();
    expect(response.headers.get("tideover-rung")).toBe("local");
    expect(response.headers.get("tideover-degraded")).toBe("?1");
    let text = "";
    let finish: string | null = null;
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta.content ?? "";
      finish = chunk.choices[0]?.finish_reason ?? finish;
    }
    expect([text, finish]).toEqual(["Tides ebb.", "stop"]);
    const whole = await client.chat.completions.create(request);
    expect(whole.choices[0]).toMatchObject({ message: { content: "Tides ebb." }, finish_reason: "stop" });
    expect(triton.bodies.at(-1)).toEqual({
      text_input: "<|im_start|>user\nTide?<|im_end|>\n<|im_start|>assistant\n",
      parameters: { stream: true, max_tokens: 20 },
    });
  });
});

describe("what a rung is known not to be able to do skips it, with the reason", () => {
  test.each<[string, JsonObject, string]>([
    ["functions", { functions: [{ name: "tide" }] }, "functions-asked"],
    ["a conversation beyond its context", { messages: conversation(3) }, "context-too-long"],
  ])("%s", async (_, more, reason) => {
    const before = ollama.asked.length;
    const { body } = await ask(on.url, chat("refuse", more));
    expect(contentOf(body)).toBe("Later.");
    expect(provenanceOf(body)).toMatchObject({
      rung: "template",
      attempts: [{ provider: "small", outcome: "incompatible", reason, ms: 0 }],
    });
    expect(ollama.asked.length).toBe(before);
  });

  test("the next provider answers what the first cannot, and the first what it can", async () => {
    const long = await ask(on.url, chat("next", { messages: conversation(1) }));
    expect(provenanceOf(long.body)).toMatchObject({
      provider: "triton",
      attempts: [{ provider: "small", reason: "context-too-long" }, { provider: "triton" }],
    });
    expect(long.headers.get("tideover-dropped-messages")).toBeNull();
    const short = await ask(on.url, chat("next"));
    expect(provenanceOf(short.body)).toMatchObject({ provider: "small", attempts: [{ outcome: "answered" }] });
  });

  test("a conversation beyond every provider's context is the caller's fault, and waiting does not help", async () => {
    const before = ollama.asked.length;
    const { status, body, headers } = await ask(on.url, chat("only", { messages: conversation(3) }));
    expect(status).toBe(400);
    expect(headers.get("retry-after")).toBeNull();
    expect(body?.error).toMatchObject({
      code: "invalid_request",
      type: "invalid_request_error",
      message: expect.stringContaining("too long for small, which takes 200 tokens"),
      rungs: [{ rung: "small", reason: "context-too-long" }],
    });
    expect(ollama.asked.length).toBe(before);
  });

  test("where the estimate may be wrong, others come first; where there is none, the server counts itself", async () => {
    // Estimated to have 184 tokens, with room for 150.
    const messages = [{ role: "user", content: LONG.slice(0, 600) }];
    const next = await ask(on.url, chat("next", { messages }));
    expect(provenanceOf(next.body)).toMatchObject({
      provider: "triton",
      attempts: [{ provider: "small", reason: "context-too-long", ms: 0 }, { provider: "triton" }],
    });
    const only = await ask(on.url, chat("only", { messages }));
    expect(only.status).toBe(200);
    expect(provenanceOf(only.body)).toMatchObject({ provider: "small", attempts: [{ outcome: "answered" }] });
  });

  test("a server that is loading its model is overloaded for now, not broken", async () => {
    const { body } = await ask(on.url, chat("loading"));
    expect(provenanceOf(body)).toMatchObject({
      provider: "triton",
      attempts: [{ provider: "loading", outcome: "overloaded" }, { provider: "triton" }],
    });
  });
});

describe("where the route says so, a conversation that is too long is shortened, and that is marked", () => {
  test("unstreamed: in the header and in the account", async () => {
    const { status, body, headers } = await ask(on.url, chat("shorten", { messages: conversation(3) }));
    expect(status).toBe(200);
    expect(headers.get("tideover-dropped-messages")).toBe("6");
    expect(headers.get("tideover-degraded")).toBe("?1");
    expect(provenanceOf(body)).toMatchObject({ provider: "small", degraded: true, dropped_messages: 6 });
    const messages = [{ role: "system", content: "Be brief." }, conversation(0).at(-1)];
    expect(ollama.bodies.at(-1)).toMatchObject({ messages });
  });

  test("streamed: in the header and in the last chunk", async () => {
    const {
      headers,
      events: chunks,
      done,
    } = await askStreamed(on.url, chat("shorten", { messages: conversation(2), stream: true }));
    expect(done).toBe(true);
    expect(headers.get("tideover-dropped-messages")).toBe("4");
    expect(provenanceOf(chunks.at(-1))).toMatchObject({ dropped_messages: 4 });
  });

  test("what fits is not touched, and what cannot be made to fit is refused", async () => {
    const fits = await ask(on.url, chat("shorten"));
    expect(fits.headers.get("tideover-dropped-messages")).toBeNull();
    const alone = await ask(on.url, chat("shorten", { messages: [{ role: "user", content: LONG }] }));
    expect(alone.status).toBe(400);
    expect(JSON.stringify(alone.body)).toContain("context-too-long");
  });

  test.skipIf(onnxRuntimePath === undefined)("a model in this process counts for itself", async () => {
    const messages = conversation(2);
    const { status, body, headers } = await ask(on.url, chat("tiny", { messages, max_tokens: 5, temperature: 0 }));
    expect(status).toBe(200);
    expect(headers.get("tideover-dropped-messages")).toBe("4");
    expect(provenanceOf(body)).toMatchObject({ rung: "local", provider: "tiny", dropped_messages: 4 });
  });
});
