import { expectedAnswer } from "@tideover/simulator";
import OpenAI from "openai";
import { resolveConfig } from "tideover/config";
import { SseParser } from "tideover/wire";
import { expect, test } from "vitest";
import { stage } from "../harness/stage.ts";

const BODY = { model: "sim-chat", messages: [{ role: "user", content: "Describe the storm lantern 灯." }] } as const;
const EXPECTED = expectedAnswer(BODY).content;

/** A gateway before a provider that takes a second or two for an answer. */
const slowStage = () =>
  stage({
    upstreams: { deepseek: { profile: "calm", pacing: { ttftMs: 10, tokensPerSecond: 60, jitter: 0 } } },
    routes: [{ model: "*", ladder: ["deepseek"], cache: { when: "never" } }],
  });

const ask = (url: string, signal: AbortSignal) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "tideover-resumable": "?1" },
    body: JSON.stringify({ ...BODY, stream: true }),
    signal,
  });

/** Reads events until there are so many, or until the end. */
async function read(response: Response, most = Number.POSITIVE_INFINITY) {
  const parser = new SseParser();
  const events: { readonly id: number; readonly data: string }[] = [];
  const reader = response.body?.getReader();
  while (reader !== undefined && events.length < most) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const { id, data } of parser.push(value)) events.push({ id: Number(id), data });
  }
  const chunks = events.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data));
  const text = chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join("");
  return { text, lastId: events.at(-1)?.id ?? 0, last: events.at(-1)?.data };
}

test("on real sockets a stream goes on after its connection was cut, over a reload of the configuration too", async () => {
  await using made = await slowStage();
  const leaving = new AbortController();
  const response = await ask(made.url, leaving.signal);
  const place = new URL(response.headers.get("content-location") ?? "", made.url);
  const before = await read(response, 5);
  leaving.abort();
  const { url: baseUrl } = made.upstreams.deepseek ?? { url: "" };
  const next = resolveConfig({
    providers: { deepseek: { preset: "deepseek", baseUrl, apiKey: "sk-test" } },
    routes: [{ model: "*", ladder: ["deepseek"] }],
  });
  if ("issues" in next) throw new Error(JSON.stringify(next.issues));
  made.gateway.reload(next.config);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(made.upstreams.deepseek?.model.counters.abortedByCaller).toBe(0);
  const after = await read(await fetch(place, { headers: { "last-event-id": String(before.lastId) } }));
  expect(before.text + after.text).toBe(EXPECTED);
  expect(after.last).toBe("[DONE]");
  const again = await read(await fetch(place));
  expect(again.text).toBe(EXPECTED);
});

test("an end that nobody waits for comes at once by DELETE", async () => {
  await using made = await slowStage();
  const leaving = new AbortController();
  const response = await ask(made.url, leaving.signal);
  const place = new URL(response.headers.get("content-location") ?? "", made.url);
  await read(response, 2);
  leaving.abort();
  expect((await fetch(place, { method: "DELETE" })).status).toBe(200);
  await expect.poll(() => made.upstreams.deepseek?.model.counters.abortedByCaller).toBe(1);
  expect((await fetch(place)).status).toBe(404);
});

test("OpenAI's client reads a stream with ids as ever", async () => {
  await using made = await slowStage();
  const headers = { "tideover-resumable": "?1" };
  const client = new OpenAI({ baseURL: `${made.url}/v1`, apiKey: "none", maxRetries: 0, defaultHeaders: headers });
  let text = "";
  for await (const { choices } of await client.chat.completions.create({
    ...BODY,
    messages: [...BODY.messages],
    stream: true,
  })) {
    text += choices[0]?.delta.content ?? "";
  }
  expect(text).toBe(EXPECTED);
});
