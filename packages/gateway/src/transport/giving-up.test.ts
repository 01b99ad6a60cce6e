import { gzipSync } from "node:zlib";
import { failure } from "tideover/engine";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BODY_BUFFER_BYTES } from "./defaults.ts";
import { createNodeTransport, type NodeTransport } from "./node-transport.ts";
import {
  CHUNKED_HEAD,
  httpChunk,
  type RawServer,
  readAll,
  startRawServer,
  until,
  wholeResponse,
} from "./testing/raw-server.ts";
import { answered, never, post } from "./testing/requests.ts";

describe.each(["http1", "undici"] as const)("the client %s", (client) => {
  let transport: NodeTransport;
  const servers: RawServer[] = [];

  beforeEach(() => {
    transport = createNodeTransport({ client });
  });
  afterEach(async () => {
    await transport.close();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(...parameters: Parameters<typeof startRawServer>): Promise<RawServer> {
    const server = await startRawServer(...parameters);
    servers.push(server);
    return server;
  }

  describe("giving up", () => {
    const deadline = failure("deadline", "deadline", "Time is up.");

    test("an aborted signal sends nothing", async () => {
      const server = await serve(() => undefined);
      expect(await transport.send(post(server.url), AbortSignal.abort(deadline))).toBe(deadline);
      expect(server.open.size).toBe(0);
    });

    test("while waiting for the head: the server sees the connection close at once", async () => {
      const server = await serve(() => undefined);
      const abort = new AbortController();
      const sent = transport.send(post(server.url), abort.signal);
      await until(() => server.open.size === 1);
      abort.abort(deadline);
      expect(await sent).toBe(deadline);
      expect(await until(() => server.open.size === 0)).toBeLessThan(1_000);
    });

    test("while connecting: the attempt itself is dropped", async () => {
      // An address that swallows packets, or a network without a route to it: either way no connection comes.
      const abort = new AbortController();
      const dropping = createNodeTransport({
        lookup: (_host, _options, callback) => {
          setTimeout(() => callback(null, [{ address: "127.0.0.1", family: 4 }]), 50);
        },
      });
      const server = await serve(() => undefined);
      let connected = false;
      const request = post(`http://slow.test:${server.port}`, { onConnected: () => (connected = true) });
      const sent = dropping.send(request, abort.signal);
      abort.abort(deadline);
      expect(await sent).toBe(deadline);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect([connected, server.open.size]).toEqual([false, 0]);
      await dropping.close();
    });

    test("mid-stream by cancel: the server sees it at once, a pending read settles", async () => {
      const server = await serve((socket) => socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), httpChunk("a")])));
      const response = await answered(transport.send(post(server.url), never));
      await response.body.read();
      const pending = response.body.read();
      response.body.cancel();
      expect(await pending).toMatchObject({ kind: "cancelled" });
      expect(await until(() => server.open.size === 0)).toBeLessThan(1_000);
      response.body.cancel();
      expect(await response.body.read()).toMatchObject({ kind: "cancelled" });
    });

    test("after the head the signal no longer matters", async () => {
      const server = await serve((socket) => {
        socket.write(CHUNKED_HEAD);
        setTimeout(() => socket.write(Buffer.concat([httpChunk("still"), Buffer.from("0\r\n\r\n")])), 30);
      });
      const abort = new AbortController();
      const response = await answered(transport.send(post(server.url), abort.signal));
      abort.abort(deadline);
      expect(await readAll(response.body)).toEqual({ text: "still" });
    });

    test("500 streams, each given up at a random moment, leave no socket", async () => {
      const server = await serve((socket) => {
        socket.write(CHUNKED_HEAD);
        const timer = setInterval(() => socket.write(httpChunk("data: {}\n\n")), 3);
        socket.on("close", () => clearInterval(timer));
      });
      const one = async (index: number) => {
        const abort = new AbortController();
        setTimeout(() => abort.abort(deadline), (index * 7) % 300);
        const response = await transport.send(post(server.url), abort.signal);
        if (response.type === "failure") return;
        setTimeout(() => response.body.cancel(), (index * 13) % 100);
        await readAll(response.body);
      };
      await Promise.all(Array.from({ length: 500 }, (_, index) => one(index)));
      await until(() => server.open.size === 0);
    });
  });

  describe("a slow reader", () => {
    test("holds the server back, then gets every byte", async () => {
      const total = 32 * 1024 * 1024;
      const block = Buffer.alloc(64 * 1024, 7);
      let written = 0;
      const server = await serve((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
        const pump = () => {
          while (written < total) {
            written += block.length;
            if (!socket.write(block)) return void socket.once("drain", pump);
          }
        };
        pump();
      });
      const response = await answered(transport.send(post(server.url), never));
      await new Promise((resolve) => setTimeout(resolve, 200));
      // What the kernel buffers on loopback (some MiB) and the transport's own small buffer, not the whole body.
      expect(written).toBeLessThan(total / 2);
      let received = 0;
      let largest = 0;
      for (;;) {
        const chunk = await response.body.read();
        if (!(chunk instanceof Uint8Array)) break;
        received += chunk.byteLength;
        largest = Math.max(largest, chunk.byteLength);
      }
      expect(received).toBe(total);
      // Undici reads as Node's sockets do, 64 KiB at a time, and twice before it stands still.
      expect(largest).toBeLessThanOrEqual(client === "http1" ? 2 * BODY_BUFFER_BYTES : 128 * 1024);
    });
  });

  describe("content codings", () => {
    test("gzip, split at every byte", async () => {
      const zipped = gzipSync("data: 你好\n\n");
      const server = await serve((socket) => {
        socket.setNoDelay(true);
        socket.write(CHUNKED_HEAD.replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"));
        let at = 0;
        const timer = setInterval(() => {
          if (at < zipped.length) return void socket.write(httpChunk(zipped.subarray(at, ++at)));
          clearInterval(timer);
          socket.write("0\r\n\r\n");
        }, 1);
      });
      const response = await answered(transport.send(post(server.url), never));
      expect(await readAll(response.body)).toEqual({ text: "data: 你好\n\n" });
    });

    test("an unknown coding is a fault, and the connection goes", async () => {
      const server = await serve((socket) => socket.write(wholeResponse("x", "Content-Encoding: snappy\r\n")));
      expect(await transport.send(post(server.url), never)).toMatchObject({ kind: "fault", reason: "protocol-error" });
      await until(() => server.open.size === 0);
    });
  });
});
