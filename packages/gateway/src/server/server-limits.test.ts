import { connect } from "node:net";
import type { HttpBody } from "tideover/front";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../transport/testing/raw-server.ts";
import { client, closeAll, keep, never, ok, scriptedBody, serve, streaming } from "./testing/raw-client.ts";

afterEach(closeAll);

describe("requests that are too large", () => {
  const tooLarge = { error: { code: "payload_too_large", type: "invalid_request_error", param: null } };

  test("by their own word: refused before the body is sent", async () => {
    const server = await serve(never);
    const { socket, text } = await client(server.port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
    await until(() => text().includes("payload_too_large"));
    expect(text()).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
  });

  test("who serves says it in its own words; where it does not, the server does", async () => {
    const seen: (number | undefined)[] = [];
    const answers = [
      () =>
        Promise.resolve({ status: 413, headers: { "tideover-request-id": "theirs" }, body: Buffer.from("too large") }),
      () => Promise.resolve({ status: 400, headers: {}, body: Buffer.from("empty") }),
      () => Promise.reject(new Error("defect")),
    ];
    const server = await serve(
      never,
      {},
      {
        ids: { next: () => "own" },
        refuseBody: (request) => {
          seen.push(request.largerThan);
          return answers[seen.length - 1]?.() ?? never(request);
        },
      },
    );
    const ask = async () => {
      const response = await fetch(server.url, { method: "POST", body: "x".repeat(3_000) });
      return [response.status, response.headers.get("tideover-request-id"), await response.text()];
    };
    expect(await ask()).toEqual([413, "theirs", "too large"]);
    const ours = [413, "own", expect.stringMatching(/payload_too_large.*"request_id":"own"/)];
    expect([await ask(), await ask()]).toEqual([ours, ours]);
    expect(seen).toEqual([1_000, 1_000, 1_000]);
  });

  test("a client that sends everything before it listens still reads why", async () => {
    const server = await serve(never);
    const response = await fetch(server.url, { method: "POST", body: "x".repeat(3_000_000) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject(tooLarge);
  });

  test("chunked: refused once the limit is passed, and the connection ends", async () => {
    const server = await serve(never);
    const { socket, text, closed } = await client(server.port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    socket.write(`400\r\n${"x".repeat(1024)}\r\n`);
    await until(() => text().includes("payload_too_large"));
    socket.write("0\r\n\r\n");
    await closed;
  });

  test("exactly the limit is accepted", async () => {
    const server = await serve((request) => Promise.resolve({ status: 200, headers: {}, body: request.body }));
    const response = await fetch(server.url, { method: "POST", body: "x".repeat(1_000) });
    expect([response.status, (await response.text()).length]).toEqual([200, 1_000]);
  });

  test("Expect: 100-continue is answered with 100, or at once with 413", async () => {
    const server = await serve((request) => Promise.resolve({ status: 200, headers: {}, body: request.body }));
    const good = await client(server.port);
    good.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    await until(() => good.text().startsWith("HTTP/1.1 100 Continue\r\n\r\n"));
    good.socket.write("hi");
    await until(() => good.text().endsWith("hi"));
    const bad = await client(server.port);
    bad.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
    await bad.closed;
    expect(bad.text()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("headers beyond their limit: 431", async () => {
    const server = await serve(ok);
    const { socket, text, closed } = await client(server.port);
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 431 .*invalid_request/s);
  });
});

describe("requests that are wrong", () => {
  test.each([
    ["not HTTP at all", "hello\r\n\r\n"],
    ["without Host", "GET / HTTP/1.1\r\n\r\n"],
    ["a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"],
    ["both lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a target that is no path", "GET foo HTTP/1.1\r\nHost: x\r\n\r\n"],
  ])("%s: 400", async (_name, bytes) => {
    let handled = 0;
    const server = await serve((request) => {
      handled++;
      return ok(request);
    });
    const { socket, text } = await client(server.port);
    socket.write(bytes);
    await until(() => text().startsWith("HTTP/1.1 400 "));
    expect(text()).toMatch(/tideover-request-id: (\S+)\r\n.*"request_id":"\1"/s);
    expect(handled).toBe(0);
  });

  test("an expectation that nobody knows: 417, with an identity", async () => {
    const server = await serve(ok);
    const { socket, text } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n");
    await until(() => text().includes("invalid_request"));
    expect(text()).toMatch(/^HTTP\/1\.1 417 .*tideover-request-id: /s);
  });

  test("CONNECT is refused in JSON", async () => {
    const server = await serve(ok);
    const { socket, text, closed } = await client(server.port);
    socket.write("CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n");
    await closed;
    expect(text()).toMatch(/^HTTP\/1\.1 405 .*tideover-request-id: .*invalid_request/s);
  });

  test("garbage behind a request does not reach into its answer", async () => {
    const { body, give } = scriptedBody();
    const server = await serve(streaming(body));
    const { socket, text, closed } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    give("data: 1\n\n");
    await until(() => text().includes("data: 1"));
    socket.write("\u0000garbage\r\n\r\n");
    await closed;
    expect(text()).not.toContain("400");
  });
});

describe("clients that are slow", () => {
  test("a head that trickles: 408, and the connection ends", async () => {
    const server = await serve(ok, { headersTimeout: 150, bodyTimeout: 200 });
    const { socket, text, closed } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\n");
    const timer = setInterval(() => socket.write("X: y\r\n"), 20);
    await closed;
    clearInterval(timer);
    expect(text()).toMatch(/^HTTP\/1\.1 408 .*invalid_request/s);
  });

  test("a body that trickles: 408, and nothing stays in flight", async () => {
    const server = await serve(never, { headersTimeout: 150, bodyTimeout: 200 });
    const { socket, text, closed } = await client(server.port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), 20);
    await until(() => server.inFlight() === 1);
    await closed;
    clearInterval(timer);
    expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    await until(() => server.inFlight() === 0);
  });

  test("a client that does not read holds the body back and is cut", async () => {
    const block = Buffer.alloc(64 * 1024);
    let reads = 0;
    let cancelled = false;
    const body: HttpBody = {
      read: () => {
        reads++;
        return Promise.resolve(block);
      },
      cancel: () => {
        cancelled = true;
      },
    };
    const server = await serve(streaming(body), { writeTimeout: 300 });
    const { socket } = await client(server.port);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => reads > 0);
    await until(() => cancelled);
    // What the kernel's buffers take on loopback, not without end.
    expect(reads).toBeLessThan(400);
    await until(() => server.inFlight() === 0);
  });

  test("a client that reads slowly but reads is not cut", async () => {
    const total = 12_000_000;
    const server = await serve(() => Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(total) }), {
      writeTimeout: 1_000,
    });
    const socket = keep(connect(server.port, "127.0.0.1"));
    let received = 0;
    socket.on("data", (data) => {
      received += data.length;
      socket.pause();
      setTimeout(() => socket.resume(), 8);
    });
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => received > total, 15_000);
  });
});
