import { connect } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { chatBody, foldStream } from "../testing/call-model.ts";
import { expectedAnswer } from "../text/expected-answer.ts";
import { startUpstreamServer, type UpstreamServer, type UpstreamServerOptions } from "./upstream-server.ts";

const running: UpstreamServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(options: UpstreamServerOptions = {}): Promise<UpstreamServer> {
  const server = await startUpstreamServer({ profile: "faults", ...options });
  running.push(server);
  return server;
}

const post = (server: UpstreamServer, body: object, signal?: AbortSignal) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer k" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });

/** Sends one request on a bare socket and gives every byte that came, and how the connection ended. */
async function rawPost(server: UpstreamServer, body: object) {
  const socket = connect(server.port, "127.0.0.1");
  const text = JSON.stringify(body);
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  let error: string | undefined;
  socket.on("error", (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return { bytes: Buffer.concat(chunks).toString("latin1"), error };
}

test("answers over real sockets, streamed and not, as it does in process", async () => {
  const server = await start();
  const body = chatBody("over the wire 🌊");
  const document = (await (await post(server, body)).json()) as { choices: { message: { content: string } }[] };
  expect(document.choices[0]?.message.content).toBe(expectedAnswer(body).content);
  const streamed = await post(server, { ...body, stream: true });
  expect(streamed.headers.get("x-ds-trace-id")).toMatch(/^[0-9a-f]{32}$/);
  expect(foldStream(await streamed.text())).toMatchObject({ content: expectedAnswer(body).content, done: true });
  const stats = (await (await fetch(`${server.url}/sim/stats`)).json()) as object;
  expect(stats).toMatchObject({ requests: 2, finished: 2, inFlight: 0 });
});

test("the head of a queued request comes at once", async () => {
  const server = await start({ pacing: { slots: 1, ttftMs: 60_000, queue: 3 } });
  const first = await post(server, chatBody("a", { stream: true }));
  const second = await post(server, chatBody("b", { stream: true }));
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(server.model.counters).toMatchObject({ running: 1, queued: 1 });
  await Promise.all([first.body?.cancel(), second.body?.cancel()]);
});

test("a caller that leaves frees its slot at once", async () => {
  const server = await start();
  const abort = new AbortController();
  const response = await post(server, chatBody("x", { model: "fault-stall-3", stream: true }), abort.signal);
  expect(response.status).toBe(200);
  expect(server.model.counters.inFlight).toBe(1);
  abort.abort();
  await expect.poll(() => server.model.counters).toMatchObject({ inFlight: 0, running: 0, abortedByCaller: 1 });
});

test("cut closes inside the chunked body, cut-reset resets, cut-clean ends it in good order", async () => {
  const server = await start();
  const strike = (fault: string) => rawPost(server, chatBody("x", { model: `fault-${fault}`, stream: true }));
  const cut = await strike("cut-5");
  expect(cut.error).toBeUndefined();
  expect(cut.bytes.match(/"content":"[^"]/g)).toHaveLength(5);
  expect(cut.bytes.endsWith("0\r\n\r\n")).toBe(false);
  const reset = await strike("cut-reset-5");
  expect(reset.error).toBe("ECONNRESET");
  expect(reset.bytes.match(/"content":"[^"]/g)).toHaveLength(5);
  const before = await strike("reset");
  expect(before).toMatchObject({ error: "ECONNRESET", bytes: "" });
  const clean = await (await post(server, chatBody("x", { model: "fault-cut-clean-5", stream: true }))).text();
  expect(foldStream(clean)).toMatchObject({ finish: undefined, done: false });
});

test("gzip is real, and can be decoded piece by piece", async () => {
  const server = await start();
  const body = chatBody("x", { model: "fault-gzip", stream: true });
  const response = await post(server, body);
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(foldStream(await response.text()).content).toBe(expectedAnswer(body).content);
  const raw = await rawPost(server, { ...body, stream: false });
  const parts = raw.bytes.slice(raw.bytes.indexOf("\r\n\r\n") + 4);
  expect(gunzipSync(Buffer.from(dechunked(parts), "latin1")).toString()).toContain('"finish_reason":"stop"');
});

/** The body of a chunked response. */
function dechunked(text: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

test("a slow reader pauses the generation, and loses nothing", async () => {
  const server = await start({ pacing: { tokensPerSecond: Number.POSITIVE_INFINITY } });
  const socket = connect(server.port, "127.0.0.1");
  const text = JSON.stringify(chatBody("x", { stream: true, metadata: { sim_output_tokens: 65_536 } }));
  socket.pause();
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  );
  await expect.poll(() => server.model.counters.tokensSent).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server.model.counters.tokensSent).toBeLessThan(65_536);
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
  expect(server.model.counters).toMatchObject({ tokensSent: 65_536, finished: 1, inFlight: 0 });
});

test("a taken port is an error, and closing frees it", async () => {
  const first = await start();
  await expect(startUpstreamServer({ port: first.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.close();
  running.length = 0;
  const second = await start({ port: first.port });
  expect(second.port).toBe(first.port);
});
