import type { Socket } from "node:net";
import type { HttpRequest } from "tideover/front";
import { afterEach, describe, expect, test } from "vitest";
import { type Log, SILENT_LOG } from "../logging/log.ts";
import { until } from "../transport/testing/raw-server.ts";
import { client, closeAll, never, ok, scriptedBody, serve, streaming } from "./testing/raw-client.ts";

afterEach(closeAll);

describe("requests and responses", () => {
  test("method, path, headers and body reach the handler; status, headers and body the client", async () => {
    let seen: HttpRequest | undefined;
    let body = "";
    const server = await serve((request) => {
      seen = request;
      body = Buffer.from(request.body).toString();
      return Promise.resolve({ status: 201, headers: { "x-request-id": "r1" }, body: Buffer.from("done") });
    });
    const response = await fetch(`${server.url}/v1/x?y=1`, { method: "POST", body: "你好", headers: { "X-A": "b" } });
    expect([response.status, response.headers.get("x-request-id"), await response.text()]).toEqual([201, "r1", "done"]);
    expect(response.headers.get("content-length")).toBe("4");
    expect([seen?.method, seen?.path, seen?.header("x-a"), seen?.header("x-b")]).toEqual([
      "POST",
      "/v1/x?y=1",
      "b",
      undefined,
    ]);
    expect(body).toBe("你好");
    // The request that is kept keeps no body: it would live as long as the answer.
    expect(seen?.body).toHaveLength(0);
    expect(seen?.remoteAddress).toBe("127.0.0.1");
  });

  test("a chunked body arrives whole, and the connection is kept", async () => {
    const server = await serve((request) => Promise.resolve({ status: 200, headers: {}, body: request.body }));
    const { socket, text } = await client(server.port);
    for (const word of ["one", "two"]) {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n${word}\r\n0\r\n\r\n`);
      await until(() => text().endsWith(word));
    }
  });

  test("a large body of bytes is whole at the client", async () => {
    const big = Buffer.alloc(5_000_000, "x");
    const server = await serve(() => Promise.resolve({ status: 200, headers: {}, body: big }));
    const response = await fetch(server.url);
    expect(response.headers.get("content-length")).toBe("5000000");
    expect((await response.arrayBuffer()).byteLength).toBe(5_000_000);
  });

  test("what is done afterwards is done once the answer is on its way, and may fail", async () => {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const log: Log = { ...SILENT_LOG, error: (fields) => void errors.push(fields) };
    const server = await serve(
      (request) => {
        const { socket } = request as unknown as { readonly socket: Socket };
        request.afterwards?.(() => seen.push(`${socket.bytesWritten > 0}`));
        request.afterwards?.(() => {
          throw new Error("broken");
        });
        return Promise.resolve({ status: 200, headers: {}, body: "done" });
      },
      {},
      { log },
    );
    expect(await (await fetch(`${server.url}/a?key=secret`)).text()).toBe("done");
    await until(() => errors.length === 1);
    expect(seen).toEqual(["true"]);
    expect(errors).toEqual([{ err: new Error("broken"), path: "/a" }]);
  });

  test("HEAD is answered as GET, without the body, also of a stream", async () => {
    const { body, state } = scriptedBody();
    const methods: string[] = [];
    const server = await serve((request) => {
      methods.push(request.method);
      return Promise.resolve(
        request.path === "/stream"
          ? { status: 200, headers: {}, body }
          : { status: 200, headers: {}, body: Buffer.from("12345") },
      );
    });
    const plain = await fetch(`${server.url}/`, { method: "HEAD" });
    expect([plain.headers.get("content-length"), await plain.text()]).toEqual(["5", ""]);
    expect(await (await fetch(`${server.url}/stream`, { method: "HEAD" })).text()).toBe("");
    expect([state.cancelled, methods]).toEqual([true, ["GET", "GET"]]);
  });

  test("absolute targets lose their origin, OPTIONS and upgrades reach the handler", async () => {
    const seen: string[] = [];
    const server = await serve((request) => {
      seen.push(`${request.method} ${request.path}`);
      return ok(request);
    });
    const { socket, text } = await client(server.port);
    socket.write("GET http://x/healthz?a=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => seen.length === 1);
    socket.write("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => seen.length === 2);
    socket.write("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    await until(() => text().split("HTTP/1.1 200").length === 4);
    expect(seen).toEqual(["GET /healthz?a=1", "OPTIONS *", "GET /ws"]);
  });

  test("a stream's head goes out before its first bytes are there", async () => {
    const { body, give } = scriptedBody();
    const server = await serve(streaming(body));
    const response = await fetch(server.url);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    give("data: 1\n\n");
    give(undefined);
    expect(await response.text()).toBe("data: 1\n\n");
  });

  test("a handler that fails is a 500 and a log entry, without details for the client", async () => {
    const entries: string[] = [];
    const log: Log = { ...SILENT_LOG, error: (_fields, message) => entries.push(message) };
    const server = await serve(() => Promise.reject(new Error("secret detail")), {}, { log });
    const response = await fetch(server.url);
    const text = await response.text();
    expect([response.status, entries.length]).toEqual([500, 1]);
    const requestId = response.headers.get("tideover-request-id");
    expect(JSON.parse(text).error).toMatchObject({
      ...{ code: "internal_error", type: "server_error", request_id: requestId },
    });
    expect(text).not.toContain("secret");
  });
});

describe("closing", () => {
  test("idle connections end at once, open streams go on to their end, no new connection is taken", async () => {
    const { body, give } = scriptedBody();
    const server = await serve((request) => (request.path === "/" ? ok(request) : streaming(body)(request)));
    const idle = await client(server.port);
    idle.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => idle.text().endsWith("ok"));
    const open = await client(server.port);
    open.socket.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    give("data: 1\n\n");
    await until(() => open.text().includes("data: 1"));
    const closing = server.close(5_000);
    await idle.closed;
    await expect(fetch(server.url)).rejects.toThrow();
    give("data: 2\n\n");
    give(undefined);
    expect(await closing).toEqual({ cut: 0 });
    await open.closed;
    expect(open.text()).toContain("data: 2");
    expect(open.text().endsWith("0\r\n\r\n")).toBe(true);
  });

  test("a connection that never sent a request, or only half of one, does not hold it open", async () => {
    const server = await serve(ok);
    const silent = await client(server.port);
    const half = await client(server.port);
    half.socket.write("GET / HT");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close(60_000);
    await Promise.all([silent.closed, half.closed]);
  });

  test("what is not done within the grace is cut, visibly not whole, and cancelled", async () => {
    const { body, give, state } = scriptedBody();
    let signal: AbortSignal | undefined;
    const server = await serve(streaming(body, (request) => (signal = request.signal)));
    const open = await client(server.port);
    open.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    give("data: 1\n\n");
    await until(() => open.text().includes("data: 1"));
    expect(await server.close(50)).toEqual({ cut: 1 });
    await open.closed;
    expect(open.text().endsWith("0\r\n\r\n")).toBe(false);
    expect([state.cancelled, signal?.reason]).toMatchObject([true, { kind: "cancelled", reason: "server-closing" }]);
    expect(server.inFlight()).toBe(0);
  });

  test("closing again with no grace cuts at once", async () => {
    const server = await serve(never);
    const { socket, closed } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => server.inFlight() === 1);
    const first = server.close(60_000);
    expect(await server.close(0)).toEqual({ cut: 1 });
    await first;
    await closed;
  });
});

describe("starting", () => {
  test("a taken port says what to do", async () => {
    const server = await serve(ok);
    await expect(serve(ok, {}, { port: server.port })).rejects.toThrow(
      `Port ${server.port} is taken; use --port or set server.port`,
    );
  });

  test("an address of another machine says what to do", async () => {
    await expect(serve(ok, {}, { host: "203.0.113.1" })).rejects.toThrow("use --host or set server.host");
  });

  test("all interfaces are reached over loopback, IPv6 in brackets", async () => {
    const every = await serve(ok, {}, { host: "0.0.0.0" });
    expect(every.url).toBe(`http://127.0.0.1:${every.port}`);
    const six = await serve(ok, {}, { host: "::1" });
    expect(await (await fetch(six.url)).text()).toBe("ok");
  });
});
