import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { pause } from "../harness/promptly.ts";
import { stage } from "../harness/stage.ts";

const FRAME = Buffer.from(
  `data: ${JSON.stringify({ id: "s", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content: "x".repeat(900) } }] })}\n\n`,
);
const END = `data: {"id":"s","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
/** More than the kernel's own buffers hold on both ways, so that somebody has to wait. */
const FRAMES = 16_000;
const READERS = 2;

/** A provider that writes as fast as it is let. */
async function eagerProvider() {
  const sockets = new Set<Socket>();
  let written = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      let left = FRAMES;
      const write = () => {
        while (left > 0) {
          left--;
          written += FRAME.length;
          if (!response.write(FRAME)) return void response.once("drain", write);
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

test("a client that hardly reads holds its provider back: no memory for it, no stall, nothing lost", async () => {
  await using provider = await eagerProvider();
  await using on = await stage({
    upstreams: {},
    providers: { eager: { preset: "openai-compatible", baseUrl: provider.url, apiKey: "sk-test" } },
    // The silence that the provider may keep is far shorter than the time for which the client holds it back.
    // Without continuation: the text that is kept for it is what was sent, wherever that waits.
    routes: [{ model: "*", gap: "2s", resume: "off", ladder: ["eager"] }],
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
  expect(held() - before).toBeLessThan(READERS * 1024 * 1024);
  const heldBack = provider.written();
  expect(heldBack).toBeLessThan((FRAMES * FRAME.length * clients.length * 3) / 4);
  await pause(100);
  expect(provider.written()).toBe(heldBack);

  const answers = await Promise.all(clients.map((client) => client.drinkUp()));
  for (const { bytes, tail } of answers) {
    expect(bytes).toBeGreaterThan(FRAMES * FRAME.length);
    expect(tail).toContain('"finish_reason":"stop"');
    expect(tail).toContain("data: [DONE]");
  }
}, 60_000);
