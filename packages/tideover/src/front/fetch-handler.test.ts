import { expect, test } from "vitest";
import { streamOf } from "../engine/index.ts";
import { toFetch } from "./fetch-handler.ts";
import {
  answerOf,
  CHAT,
  chunks,
  eventsIn,
  FINISH,
  harness,
  parsed,
  ScriptedStream,
  STREAMED,
} from "./testing/front-harness.ts";

const URL_OF_CHAT = "http://localhost:8787/v1/chat/completions";
const answered = () => answerOf(streamOf([...chunks("Hel", "lo"), FINISH]));
const post = (body: object, init: RequestInit = {}) =>
  new Request(URL_OF_CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });

test("a whole answer", async () => {
  const response = await toFetch(harness(answered).handler)(post(CHAT));
  expect(response.status).toBe(200);
  expect(response.headers.get("tideover-rung")).toBe("live");
  expect(parsed(await response.text()).choices?.[0]?.message?.content).toBe("Hello");
});

test("a stream, read to its end", async () => {
  const response = await toFetch(harness(answered).handler)(post(STREAMED));
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  expect(eventsIn(await response.text()).at(-1)).toBe("[DONE]");
});

test.each(["reader", "signal"])("a client that leaves (%s) cancels the answer", async (way) => {
  const streams: ScriptedStream[] = [];
  const { handler } = harness((_call, clock) => {
    const stream = new ScriptedStream(clock, [{ events: chunks("Hel") }]);
    streams.push(stream);
    return answerOf(stream);
  });
  const client = new AbortController();
  const response = await toFetch(handler)(post(STREAMED, { signal: client.signal }));
  const reader = response.body?.getReader();
  await reader?.read();
  if (way === "signal") client.abort();
  else await reader?.cancel();
  expect(streams[0]?.cancelled?.kind).toBe("cancelled");
});

test("the host of the URL stands for the Host header", async () => {
  const { handler } = harness(answered);
  const foreign = new Request("http://evil.example/v1/models");
  expect((await toFetch(handler)(foreign)).status).toBe(401);
  expect((await toFetch(handler)(new Request("http://127.0.0.1:1/v1/models?limit=1"))).status).toBe(200);
});

test.each([true, false])(
  "a body over the limit is refused before it is read whole (length announced: %j)",
  async (announced) => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1_000));
        },
      },
      { highWaterMark: 0 },
    );
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (announced) headers["content-length"] = "5000";
    const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
    const { handler, calls } = harness(answered);
    const response = await toFetch(handler, { maxBodyBytes: 2_500 })(new Request(URL_OF_CHAT, init));
    expect(response.status).toBe(413);
    expect(parsed(await response.text()).error?.code).toBe("payload_too_large");
    expect(pulled).toBe(announced ? 0 : 3);
    expect(calls).toEqual([]);
  },
);

test("an answer without body", async () => {
  const response = await toFetch(harness(answered).handler)(
    new Request("http://localhost/healthz", { method: "HEAD" }),
  );
  expect([response.status, await response.text()]).toEqual([200, ""]);
});
