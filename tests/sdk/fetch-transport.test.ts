import { createFetchTransport } from "tideover";
import { expect, test } from "vitest";

const request = {
  url: "https://api.example.com/v1/chat/completions",
  method: "POST",
  headers: {},
  body: "{}",
} as const;

test("a body that is given up is told so itself, and so is its request; what is still read of it is no end", async () => {
  const told: string[] = [];
  const transport = createFetchTransport((_url, { signal }) => {
    signal?.addEventListener("abort", () => told.push("request"));
    const body = new ReadableStream<Uint8Array>({ cancel: () => void told.push("body") });
    return Promise.resolve(new Response(body));
  });
  const response = await transport.send(request, new AbortController().signal);
  if (response.type !== "response") throw new Error(`There was no response: ${response.message}`);
  const reading = response.body.read();
  response.body.cancel();
  expect(told).toEqual(["body", "request"]);
  expect(await reading).toMatchObject({ kind: "fault", reason: "connection-lost" });
});

test("one that ends by itself has an end", async () => {
  const transport = createFetchTransport(() => Promise.resolve(new Response("whole")));
  const response = await transport.send(request, new AbortController().signal);
  if (response.type !== "response") throw new Error(`There was no response: ${response.message}`);
  expect(new TextDecoder().decode((await response.body.read()) as Uint8Array)).toBe("whole");
  expect(await response.body.read()).toBeUndefined();
  response.body.cancel();
});
