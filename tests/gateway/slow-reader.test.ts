import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { pause } from "../harness/promptly.ts";
import { stage } from "../harness/stage.ts";

function frameWith(content: string): Buffer {
  const choices = [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }];
  const chunk = { id: "s", object: "chat.completion.chunk", created: 1, model: "m", system_fingerprint: "f", choices };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

const END = `data: {"id":"s","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
/** More than the kernel's own buffers hold on both ways, in bytes, so that somebody has to wait. */
const ANSWER_BYTES = 16_000_000;
const READERS = 2;

/** A provider that writes as fast as it is let. */
async function eagerProvider(frame: Buffer) {
  const sockets = new Set<Socket>();
  let written = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      let left = Math.ceil(ANSWER_BYTES / frame.length);
      const write = () => {
        while (left > 0) {
          left--;
          written += frame.length;
          if (!response.write(frame)) return void response.once("drain", write);
        }
        response.end(END);
      };
      write();
    });
  });
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    written: () => written,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client that takes its answer from the socket itself, a little at a time, and later all of it. */
function slowClient(port: number) {
  const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "All of it." }] });
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let bytes = 0;
  let tail = "";
  const take = (piece: Buffer | null) => {
    if (piece === null) return;
    bytes += piece.length;
    tail = (tail + piece.toString("latin1")).slice(-2_000);
  };
  return {
    /** What it has read and not taken yet, in bytes: this process holds that, too. */
    holds: () => socket.readableLength,
    sip: () => take(socket.read(Math.min(1_024, socket.readableLength || 1)) as Buffer | null),
    async drinkUp(): Promise<{ bytes: number; tail: string }> {
      const whole = new Promise<void>((resolve) => {
        socket.on("data", (piece) => {
          take(piece);
          if (tail.includes("0\r\n\r\n")) resolve();
        });
        socket.on("close", () => resolve());
      });
      await whole;
      socket.destroy();
      return { bytes, tail };
    },
  };
}

/** What this process holds once its garbage is collected, in bytes. */
function held(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("This Node gives no way to collect garbage.");
  // Buffers are freed in the background: what one collection lets go is gone only after the next.
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test.each([
  // A whole answer is kept while it may have to be continued: where it is nearly all text, that is what was sent.
  { how: "an answer that is nearly all text", content: "x".repeat(900), settings: { resume: "off" as const } },
  // As providers send: a token in each frame, which is a small part of it. With everything that is on by default.
  { how: "an answer by tokens, all defaults", content: " token", settings: {} },
])(
  "$how: a client that hardly reads costs no memory and no stall, and loses nothing",
  async ({ content, settings }) => {
    const frame = frameWith(content);
    await using provider = await eagerProvider(frame);
    await using on = await stage({
      upstreams: {},
      providers: { eager: { preset: "openai-compatible", baseUrl: provider.url, apiKey: "sk-test" } },
      // The silence that the provider may keep is far shorter than the time for which the client holds it back.
      routes: [{ model: "*", gap: "2s", ...settings, ladder: ["eager"] }],
    });
    const port = Number(new URL(on.url).port);
    const clients = [slowClient(port)];
    const sipFor = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        await pause(50);
        for (const client of clients) client.sip();
      }
    };
    // The first one has made what is made once.
    await sipFor(20);
    const before = held();
    for (let more = 0; more < READERS; more++) clients.push(slowClient(port));
    await sipFor(90);
    const later = clients.slice(1);
    const each = (held() - before - later.reduce((sum, client) => sum + client.holds(), 0)) / READERS;
    expect(each).toBeLessThan(1024 * 1024);
    const heldBack = provider.written();
    expect(heldBack).toBeLessThan((ANSWER_BYTES * clients.length * 3) / 4);
    await pause(100);
    expect(provider.written()).toBe(heldBack);

    const answers = await Promise.all(clients.map((client) => client.drinkUp()));
    for (const { bytes, tail } of answers) {
      expect(bytes).toBeGreaterThan(ANSWER_BYTES);
      expect(tail).toContain('"finish_reason":"stop"');
      expect(tail).toContain("data: [DONE]");
    }
  },
  60_000,
);
