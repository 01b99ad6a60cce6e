import { afterEach, describe, expect, test } from "vitest";
import { until } from "../transport/testing/raw-server.ts";
import { client, closeAll, ok, scriptedBody, serve, streaming } from "./testing/raw-client.ts";

afterEach(closeAll);

describe("clients that leave", () => {
  test("while the handler works: its signal aborts, and a late answer is cancelled", async () => {
    const { body, state } = scriptedBody();
    let signal: AbortSignal | undefined;
    let answer: (() => void) | undefined;
    const server = await serve((request) => {
      signal = request.signal;
      return new Promise((resolve) => {
        answer = () => resolve({ status: 200, headers: {}, body });
      });
    });
    const { socket } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => answer !== undefined);
    socket.destroy();
    expect(await until(() => signal?.aborted === true)).toBeLessThan(100);
    expect(signal?.reason).toMatchObject({ type: "failure", kind: "cancelled", reason: "caller-gone" });
    answer?.();
    await until(() => state.cancelled);
    expect(server.inFlight()).toBe(0);
  });

  test("mid-stream: the body is cancelled within 100 ms, also while it has nothing to say", async () => {
    const { body, give, state } = scriptedBody();
    let signal: AbortSignal | undefined;
    const server = await serve(streaming(body, (request) => (signal = request.signal)));
    const { socket, text } = await client(server.port);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    give("data: 1\n\n");
    await until(() => text().includes("data: 1"));
    socket.destroy();
    expect(await until(() => state.cancelled && signal?.aborted === true)).toBeLessThan(100);
  });

  test("while sending the body: nothing is handled", async () => {
    let handled = 0;
    const server = await serve((request) => {
      handled++;
      return ok(request);
    });
    const { socket } = await client(server.port);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    await until(() => server.inFlight() === 1);
    socket.destroy();
    await until(() => server.inFlight() === 0);
    expect(handled).toBe(0);
  });

  test("after a whole answer the signal stays quiet", async () => {
    let signal: AbortSignal | undefined;
    const server = await serve((request) => {
      signal = request.signal;
      return ok(request);
    });
    await (await fetch(server.url, { headers: { connection: "close" } })).text();
    await until(() => server.inFlight() === 0);
    expect(signal?.aborted).toBe(false);
  });
});
