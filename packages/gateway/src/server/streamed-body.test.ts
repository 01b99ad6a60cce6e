import type { HttpRequest } from "tideover/front";
import { afterEach, expect, test } from "vitest";
import { until } from "../transport/testing/raw-server.ts";
import { client, closeAll, serve } from "./testing/raw-client.ts";

afterEach(closeAll);

const MANY = 40_000;

/** Reads a body that was left to be read, and answers with its length. */
async function measured({ bodyStream, body }: HttpRequest) {
  let bytes = 0;
  for await (const piece of bodyStream ?? []) bytes += piece.length;
  return { status: 200, headers: {}, body: Buffer.from(`${bytes} ${body.length}`) };
}

const streams = (method: string, path: string) => method === "POST" && path === "/upload";

test("a body over the server's limit is the handler's to read, where it wants to", async () => {
  const limits = { body: 1_000 };
  const server = await serve(measured, limits, { streams });
  const body = "x".repeat(MANY);
  expect(await (await fetch(`${server.url}/upload`, { method: "POST", body })).text()).toBe(`${MANY} 0`);
  expect((await fetch(`${server.url}/other`, { method: "POST", body })).status).toBe(413);
});

test("a handler that refuses without reading answers, and the connection goes on", async () => {
  const server = await serve(
    () => Promise.resolve({ status: 403, headers: {}, body: Buffer.from("no") }),
    {},
    { streams },
  );
  const { socket, text } = await client(server.port);
  for (const turn of [1, 2]) {
    socket.write(`POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: ${MANY}\r\n\r\n${"x".repeat(MANY)}`);
    await until(() => text().split(" 403 ").length === turn + 1);
  }
});

test("a client that leaves in the middle is told to whoever reads", async () => {
  let failed: unknown;
  let isGone: boolean | undefined;
  const server = await serve(
    async (request) => {
      try {
        return await measured(request);
      } catch (error) {
        failed = error;
        isGone = request.signal.aborted;
        throw error;
      }
    },
    {},
    { streams },
  );
  const { socket } = await client(server.port);
  socket.write("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
  setTimeout(() => socket.destroy(), 20);
  await until(() => failed !== undefined);
  expect([failed, isGone]).toEqual([expect.any(Error), true]);
});
