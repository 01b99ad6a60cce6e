import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createNodeTransport, type NodeTransport } from "../node-transport.ts";
import {
  CHUNKED_HEAD,
  httpChunk,
  type RawServer,
  readAll,
  startRawServer,
  until,
  wholeResponse,
} from "../testing/raw-server.ts";
import { answered, never, post } from "../testing/requests.ts";

let transport: NodeTransport;
const servers: { close(): Promise<void> }[] = [];

beforeEach(() => {
  transport = createNodeTransport();
});
afterEach(async () => {
  await transport.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(answer: (socket: Socket, request: number) => void): Promise<RawServer> {
  const server = await startRawServer(answer);
  servers.push(server);
  return server;
}

/** Asks once and reads the answer to its end. */
async function ask(url: string): Promise<{ text: string; broke?: string }> {
  return readAll((await answered(transport.send(post(url), never))).body);
}

describe("a connection that is used again", () => {
  test("only one at a time: what comes meanwhile has a connection of its own", async () => {
    const server = await serve((socket, number) => {
      setTimeout(() => socket.write(wholeResponse(`${number}`)), 10);
    });
    const all = await Promise.all([1, 2, 3].map(() => ask(server.url)));
    expect(all).toEqual([{ text: "1" }, { text: "1" }, { text: "1" }]);
    expect(server.open.size).toBe(3);
    expect(await ask(server.url)).toEqual({ text: "2" });
    expect(server.open.size).toBe(3);
  });

  test("not after bytes beyond the answer: they must not become the next one's", async () => {
    const server = await serve((socket) => socket.write(`${wholeResponse("mine")}${wholeResponse("smuggled")}`));
    expect(await ask(server.url)).toEqual({ text: "mine" });
    await until(() => server.open.size === 0);
    expect(await ask(server.url)).toEqual({ text: "mine" });
  });

  test("not after bytes that come while it is idle", async () => {
    const server = await serve((socket) => {
      socket.write(wholeResponse("mine"));
      setTimeout(() => socket.write(wholeResponse("smuggled")), 10);
    });
    expect(await ask(server.url)).toEqual({ text: "mine" });
    await until(() => server.open.size === 0);
  });

  test.each([
    ["says so", "Connection: close\r\n"],
    ["keeps it for no time that could be used", "Keep-Alive: timeout=1\r\n"],
  ])("not when its server %s", async (_what, header) => {
    const server = await serve((socket) => socket.write(wholeResponse("x", header)));
    expect(await ask(server.url)).toEqual({ text: "x" });
    await until(() => server.open.size === 0);
  });

  test("not when its server has closed it, which nobody notices but the pool", async () => {
    const server = await serve((socket, number) => {
      if (number === 1) socket.end(wholeResponse("x"));
    });
    expect(await ask(server.url)).toEqual({ text: "x" });
    await until(() => server.open.size === 0);
    expect(await ask(server.url)).toEqual({ text: "x" });
  });

  test("not after an answer that came before the request had been sent", async () => {
    // Takes the head, answers, and reads no more.
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.once("data", () => socket.pause().write(wholeResponse("too large")));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({
      close: () =>
        new Promise((resolve) => {
          for (const socket of open) socket.destroy();
          server.close(() => resolve());
        }),
    });
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const url = `http://127.0.0.1:${port}`;
    const response = await answered(transport.send(post(url, { body: new Uint8Array(32 * 1024 * 1024) }), never));
    expect(await readAll(response.body)).toEqual({ text: "too large" });
    for (const socket of open) socket.resume();
    await until(() => open.size === 0);
  });
});

describe("bytes", () => {
  test("a long body arrives whole and in order", async () => {
    const body = Buffer.alloc(3 * 1024 * 1024, "0123456789abcdef");
    let received = 0;
    let sound = true;
    const server = createServer((socket) => {
      let head: number | undefined;
      socket.on("error", () => socket.destroy());
      socket.on("data", (data) => {
        let bytes = data;
        if (head === undefined) {
          head = data.indexOf("\r\n\r\n") + 4;
          bytes = data.subarray(head);
        }
        sound &&= bytes.equals(body.subarray(received, received + bytes.length));
        received += bytes.length;
        if (received === body.length) socket.write(wholeResponse("thanks"));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const response = await answered(transport.send(post(`http://127.0.0.1:${port}`, { body }), never));
    expect(await readAll(response.body)).toEqual({ text: "thanks" });
    expect([received, sound]).toEqual([body.length, true]);
    await transport.close();
  });

  test("many streams at once do not mix, though they read into the same memory", async () => {
    const server = await serve((socket, number) => {
      const own = String.fromCharCode(97 + ((socket.remotePort ?? 0) % 26)).repeat(50);
      socket.write(CHUNKED_HEAD);
      let left = 20;
      const timer = setInterval(() => {
        if (left-- > 0 && !socket.destroyed) socket.write(Buffer.concat([httpChunk(own), httpChunk(own)]));
        else {
          clearInterval(timer);
          socket.write(`${httpChunk(`#${number}`)}0\r\n\r\n`);
        }
      }, 1);
    });
    const texts = (await Promise.all(Array.from({ length: 40 }, () => ask(server.url)))).map(({ text }) => text);
    for (const text of texts) expect(text).toMatch(/^([a-z])\1{1999}#1$/);
    expect(new Set(texts.map((text) => text[0])).size).toBeGreaterThan(1);
  });

  test("what was given stays as it was", async () => {
    const server = await serve((socket) => {
      socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), httpChunk("first")]));
      setTimeout(() => socket.write(`${httpChunk("other")}0\r\n\r\n`), 20);
    });
    const { body } = await answered(transport.send(post(server.url), never));
    const first = await body.read();
    const second = await body.read();
    expect([first, second].map((bytes) => Buffer.from(bytes as Uint8Array).toString())).toEqual(["first", "other"]);
  });
});
