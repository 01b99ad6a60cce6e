import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createNodeTransport, type NodeTransport } from "./node-transport.ts";
import {
  CHUNKED_HEAD,
  httpChunk,
  type RawServer,
  readAll,
  startRawServer,
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

  /** undici gives a connection back one turn of the event loop after its answer. */
  const aTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

  describe("a whole exchange", () => {
    test("carries method, path, headers and body, and gives status, headers and body", async () => {
      let seen = "";
      const server = await serve((socket, _number, head) => {
        seen = head;
        socket.write(wholeResponse("hello", "X-One: a\r\nX-One: b\r\n"));
      });
      let connected = 0;
      const response = await answered(
        transport.send(
          post(server.url, { body: new TextEncoder().encode('{"a":1}'), onConnected: () => connected++ }),
          never,
        ),
      );
      expect(response.status).toBe(200);
      expect(response.header("x-one")).toBe("a, b");
      expect(response.header("x-none")).toBeUndefined();
      expect(await readAll(response.body)).toEqual({ text: "hello" });
      expect(await response.body.read()).toBeUndefined();
      expect(seen).toMatch(/^POST \/v1\/chat\/completions\?x=1 HTTP\/1\.1\r\n/);
      expect(seen.endsWith('\r\n\r\n{"a":1}')).toBe(true);
      expect(connected).toBe(1);
    });

    test("the connection is kept and used again", async () => {
      const server = await serve((socket, number) => socket.write(wholeResponse(`request ${number}`)));
      for (const number of [1, 2, 3]) {
        const response = await answered(transport.send(post(server.url), never));
        expect(await readAll(response.body)).toEqual({ text: `request ${number}` });
        await aTurn();
      }
      expect(server.open.size).toBe(1);
    });

    test("an informational response before the answer is passed over", async () => {
      const server = await serve((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${wholeResponse("late")}`));
      const response = await answered(transport.send(post(server.url), never));
      expect([response.status, await readAll(response.body)]).toEqual([200, { text: "late" }]);
    });

    test("a body without a length ends with the connection", async () => {
      const server = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nto the end"));
      const response = await answered(transport.send(post(server.url), never));
      expect(await readAll(response.body)).toEqual({ text: "to the end" });
    });

    test("HTTP chunks of one write arrive as one chunk of bytes", async () => {
      const server = await serve((socket) =>
        socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), httpChunk("a"), httpChunk("b"), httpChunk("c")])),
      );
      const response = await answered(transport.send(post(server.url), never));
      expect(Buffer.from((await response.body.read()) as Uint8Array).toString()).toBe("abc");
      response.body.cancel();
    });
  });

  describe("failures before the head", () => {
    test("nothing listens", async () => {
      const server = await serve(() => undefined);
      await server.close();
      expect(await transport.send(post(server.url), never)).toMatchObject({
        kind: "fault",
        reason: "connection-refused",
        beforeAnyByte: true,
        message: `Nothing listens at 127.0.0.1:${server.port} (connection refused). Is the server running, and is baseUrl right?`,
      });
    });

    test("reset before the headers", async () => {
      const server = await serve((socket) => socket.resetAndDestroy());
      expect(await transport.send(post(server.url), never)).toMatchObject({
        reason: "connection-reset",
        beforeAnyByte: true,
      });
    });

    test("closed before the headers", async () => {
      const server = await serve((socket) => socket.end());
      expect(await transport.send(post(server.url), never)).toMatchObject({
        reason: "connection-lost",
        beforeAnyByte: true,
      });
    });

    test("a kept connection that turns out to be stale", async () => {
      const server = await serve((socket, number) => {
        if (number === 1) socket.write(wholeResponse("first"));
        else socket.resetAndDestroy();
      });
      const first = await answered(transport.send(post(server.url), never));
      expect(await readAll(first.body)).toEqual({ text: "first" });
      await aTurn();
      const second = await transport.send(post(server.url), never);
      expect(second).toMatchObject({ kind: "fault", reason: "connection-reset", beforeAnyByte: true });
    });

    test("cut within the headers is not before any byte", async () => {
      const server = await serve((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Ty"));
      const result = await transport.send(post(server.url), never);
      expect(result).toMatchObject({ type: "failure", kind: "fault", reason: "connection-lost" });
      expect(result).not.toHaveProperty("beforeAnyByte");
    });

    test("headers beyond the bound", async () => {
      const server = await serve((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}\r\n\r\n`));
      expect(await transport.send(post(server.url), never)).toMatchObject({
        kind: "fault",
        reason: "headers-too-large",
      });
    });

    test("something that is not HTTP", async () => {
      const server = await serve((socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"));
      expect(await transport.send(post(server.url), never)).toMatchObject({ kind: "fault", reason: "protocol-error" });
    });

    test.each(["ftp://example.com/", "not a url", "/relative"])("the URL %s", async (url) => {
      const result = await transport.send({ method: "POST", url, headers: {}, body: "" }, never);
      expect(result).toMatchObject({ kind: "fault", reason: "invalid-url" });
    });

    test("a header that HTTP does not allow, without showing it", async () => {
      const server = await serve(() => undefined);
      const result = await transport.send(
        post(server.url, { headers: { authorization: "Bearer sk-1\nsecret" } }),
        never,
      );
      expect(result).toMatchObject({ kind: "fault", reason: "invalid-request" });
      expect(JSON.stringify(result)).not.toContain("secret");
    });

    test("after close, sends fail at once", async () => {
      const server = await serve((socket) => socket.write(wholeResponse("x")));
      await transport.close();
      expect(await transport.send(post(server.url), never)).toMatchObject({ reason: "transport-closed" });
    });
  });

  describe("failures within the body", () => {
    test("reset: what came is given first", async () => {
      const server = await serve((socket) => {
        socket.write(Buffer.concat([Buffer.from(CHUNKED_HEAD), httpChunk("part")]));
        setTimeout(() => socket.resetAndDestroy(), 30);
      });
      const response = await answered(transport.send(post(server.url), never));
      expect(await readAll(response.body)).toEqual({ text: "part", broke: "connection-reset" });
      expect(await response.body.read()).toMatchObject({ type: "failure", reason: "connection-reset" });
    });

    test.each([
      ["chunked", CHUNKED_HEAD + httpChunk("part").toString()],
      ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"],
      ["chunked, not kept", CHUNKED_HEAD.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + httpChunk("part")],
      ["with a length, not kept", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\npart"],
    ])("closed too early, %s", async (_name, bytes) => {
      const server = await serve((socket) => socket.end(bytes));
      const response = await answered(transport.send(post(server.url), never));
      expect(await readAll(response.body)).toEqual({ text: "part", broke: "connection-lost" });
    });

    test("a chunk size that is none", async () => {
      const server = await serve((socket) => socket.write(`${CHUNKED_HEAD}zz\r\nxx`));
      const response = await answered(transport.send(post(server.url), never));
      expect(await readAll(response.body)).toEqual({ text: "", broke: "protocol-error" });
    });
  });
});
