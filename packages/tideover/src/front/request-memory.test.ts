import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { bytesOf } from "./http.ts";
import { rememberingRequests } from "./request-memory.ts";

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const chat = { operation: "chat", beta: false, maxDepth: 200 } as const;
const body = (text: string) => bytesOf(JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] }));

test("from the second time on the same bytes are the same request, for the same path", () => {
  const read = rememberingRequests(hash);
  const first = read(body("a"), chat);
  const second = read(body("a"), chat);
  expect(second).toEqual(first);
  expect(read(body("a"), chat)).toBe(second);
  for (let round = 0; round < 2; round++) read(body("b"), chat);
  expect(read(body("a"), chat)).not.toBe(read(body("b"), chat));
  expect(read(body("a"), chat)).not.toBe(read(body("a"), { ...chat, beta: true }));
});

test("a body that cannot be read is told so each time", () => {
  const read = rememberingRequests(hash);
  for (let round = 0; round < 2; round++) expect(read(bytesOf("{"), chat)).toMatchObject({ code: "invalid_request" });
});

test("long bodies are not remembered", () => {
  const read = rememberingRequests(hash);
  const long = body("x".repeat(100_000));
  for (let round = 0; round < 2; round++) read(long, chat);
  expect(read(long, chat)).not.toBe(read(long, chat));
});
