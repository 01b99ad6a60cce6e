import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { events, type StandIn, standIn } from "../../packages/gateway/src/local-servers/testing/stand-in-servers.ts";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/*
 * Conversations that are too long for a small model, summed up by that model: through a gateway on sockets, before a server
 * that stands in for Ollama, and with a model in the gateway's own process.
 */

const onnxRuntimePath = findOnnxRuntime(process);
const timers = { firstToken: "15s", gap: "15s", deadline: "60s", retry: "off" } as const;
const LONG = "The tide rises and falls. ".repeat(40);
const SUMMARY = "They spoke of the tide.";

/** How the stand-in answers what it is asked to sum up. */
let summing: (response: ServerResponse, body: Record<string, unknown>) => void;
const chunkOf = (delta: object, finish: string | null = null) => ({
  id: "x",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const saying = (text: string) => {
  const page = events([chunkOf({ content: text }), chunkOf({}, "stop")], true);
  if (typeof page !== "function") throw new TypeError("A page of events is a function.");
  return page;
};
const messagesIn = (body: Record<string, unknown> | undefined) => (body?.messages ?? []) as readonly JsonObject[];
const isSummary = (body: Record<string, unknown>) => String(messagesIn(body)[0]?.content).startsWith("Summarize ");

let folder: string;
let ollama: StandIn;
let on: Stage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-long-"));
  await writeModel(tinyModel({ seed: 3, maxPositions: 8_192 }), folder);
  ollama = await standIn({
    "POST /v1/chat/completions": (response, body) => (isSummary(body) ? summing : saying("At six."))(response, body),
  });
  const baseUrl = `http://127.0.0.1:${ollama.port}/v1`;
  on = await stage({
    upstreams: { dead: FAST },
    providers: {
      dead: { breaker: "off", models: { "*": "fault-500" } },
      small: { preset: "ollama", baseUrl, contextTokens: 1_500, models: { "*": "m" }, warm: true },
      tiny: {
        preset: "onnx",
        model: folder,
        dtype: "fp32",
        inProcess: { threads: 1, contextTokens: 2_048, warm: true },
      },
    },
    routes: [
      { name: "small", model: "small", ...timers, longPrompt: "summarise", ladder: ["dead", "small"] },
      { name: "shorten", model: "shorten", ...timers, longPrompt: "shorten", ladder: ["small"] },
      { name: "tiny", model: "tiny", ...timers, longPrompt: "summarise", ladder: ["tiny"] },
    ],
    models: { ...(onnxRuntimePath === undefined ? {} : { onnxRuntimePath }) },
  });
});
afterAll(async () => {
  await on[Symbol.asyncDispose]();
  await ollama[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const provenanceOf = (json: JsonObject | undefined) => json?.tideover as JsonObject | undefined;
const attemptsOf = (json: JsonObject | undefined) => provenanceOf(json)?.attempts as readonly JsonObject[];
const system = { role: "system", content: "Be brief." };
const question = { role: "user", content: "How high is the tide?" };
const conversation = (turns: number) => [
  system,
  ...Array.from({ length: turns }, (_, turn) => [
    { role: "user", content: `${turn}: ${LONG}` },
    { role: "assistant", content: LONG },
  ]).flat(),
  question,
];

test("a server that is to be warm is asked for one token at the start, by nobody's request", async () => {
  await expect.poll(() => ollama.bodies.length, { timeout: 15_000 }).toBeGreaterThan(0);
  expect(ollama.bodies[0]).toMatchObject({ model: "m", max_tokens: 1 });
});

describe("where the route says so, a conversation that is too long is summed up, and that is marked", () => {
  test("unstreamed: in the header and in the account, with every call that it took", async () => {
    summing = saying(SUMMARY);
    const { status, body, headers } = await ask(on.url, chat("small", { messages: conversation(6) }));
    expect([status, contentOf(body)]).toEqual([200, "At six."]);
    const summarised = Number(headers.get("tideover-summarised-messages"));
    expect(summarised).toBeGreaterThanOrEqual(8);
    expect(headers.get("tideover-dropped-messages")).toBeNull();
    expect(headers.get("tideover-degraded")).toBe("?1");
    expect(provenanceOf(body)).toMatchObject({ rung: "local", provider: "small", summarised_messages: summarised });
    const attempts = attemptsOf(body);
    expect(attempts[0]).toMatchObject({ provider: "dead", outcome: "fault" });
    expect(attempts.slice(1, -1).length).toBeGreaterThan(1);
    for (const attempt of attempts.slice(1, -1)) {
      expect(attempt).toMatchObject({ provider: "small", outcome: "answered", purpose: "summary" });
    }
    expect(attempts.at(-1)).toMatchObject({ provider: "small", outcome: "answered" });
    expect(attempts.at(-1)).not.toHaveProperty("purpose");
    expect(headers.get("tideover-attempts")).toBe(String(attempts.length));

    const sent = messagesIn(ollama.bodies.at(-1));
    expect(sent.slice(0, 3)).toEqual([
      system,
      { role: "user", content: expect.stringContaining(SUMMARY) },
      { role: "assistant", content: "Understood." },
    ]);
    expect(sent.slice(3)).toEqual(conversation(6).slice(1 + summarised));
  });

  test("streamed: in the header and in the last chunk; and so is one message that is too long", async () => {
    summing = saying(SUMMARY);
    const messages = [system, { role: "user", content: `Read this. ${LONG.repeat(8)} What does it say?` }];
    const { headers, events: chunks, done } = await askStreamed(on.url, chat("small", { messages, stream: true }));
    expect(done).toBe(true);
    expect(headers.get("tideover-summarised-messages")).toBe("1");
    expect(provenanceOf(chunks.at(-1))).toMatchObject({ summarised_messages: 1 });
    const { content } = messagesIn(ollama.bodies.at(-1))[1] ?? {};
    expect(content).toMatch(/^Read this\. The tide [\s\S]*\[… They spoke of the tide\.[\s\S]* What does it say\?$/);
  });

  test("what fits is not touched", async () => {
    const { body, headers } = await ask(on.url, chat("small", { messages: conversation(1) }));
    expect(headers.get("tideover-summarised-messages")).toBeNull();
    expect(attemptsOf(body)).toHaveLength(2);
  });

  test("where no summary can be had, the oldest turns are left out, and that is marked instead", async () => {
    summing = (response) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "out of memory" } }));
    };
    const { status, body, headers } = await ask(on.url, chat("small", { messages: conversation(6) }));
    expect(status).toBe(200);
    expect(Number(headers.get("tideover-dropped-messages"))).toBeGreaterThanOrEqual(8);
    expect(headers.get("tideover-summarised-messages")).toBeNull();
    expect(attemptsOf(body)).toMatchObject([
      { provider: "dead" },
      { provider: "small", outcome: "fault", purpose: "summary" },
      { provider: "small", outcome: "answered" },
    ]);
  });

  test("a route that only shortens asks for no summary", async () => {
    const { body } = await ask(on.url, chat("shorten", { messages: conversation(6) }));
    expect(attemptsOf(body)).toMatchObject([{ provider: "small", outcome: "answered" }]);
  });
});

test.skipIf(onnxRuntimePath === undefined)("a model in this process sums up for itself", async () => {
  const request = chat("tiny", { messages: conversation(3), max_tokens: 5, temperature: 0 });
  const { status, body, headers } = await ask(on.url, request);
  expect(status).toBe(200);
  expect(status).toBe(200);
  expect(Number(headers.get("tideover-summarised-messages"))).toBeGreaterThan(0);
  const attempts = attemptsOf(body);
  expect(attempts.filter(({ purpose }) => purpose === "summary").length).toBeGreaterThan(0);
  expect(attempts.at(-1)).toMatchObject({ provider: "tiny", outcome: "answered" });
  expect((body.usage as JsonObject).completion_tokens).toBeLessThanOrEqual(5);
});
