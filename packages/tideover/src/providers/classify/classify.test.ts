import { expect, test } from "vitest";
import { findPreset } from "../catalogue/index.ts";
import { classifyResponse, classifyStreamError, type ErrorResponse } from "./classify.ts";
import { deepseekError, SEEN, type Seen } from "./fixtures/seen-errors.ts";

/** 2026-11-22T00:00:00Z. */
const NOW = Date.UTC(2026, 10, 22);

const respond = (seen: Seen, headers: Record<string, string> = {}): ErrorResponse => ({
  provider: "box",
  rules: findPreset(seen.preset ?? "deepseek")?.errorRules ?? [],
  status: seen.status,
  header: (name) => ({ "content-type": seen.contentType ?? "application/json", ...headers })[name],
  bodyText: typeof seen.body === "string" ? seen.body : JSON.stringify(seen.body),
  changed: seen.changed ?? false,
  wallTimeMs: NOW,
});

test.each(SEEN)("$what", (seen) => {
  expect(classifyResponse(respond(seen))).toMatchObject({ ...seen.expected, status: seen.status, provider: "box" });
});

test("a caller's fault carries the provider's answer, byte for byte", () => {
  const body = '{"error": {"message": "bad", "type": "invalid_request_error"}}\n';
  const failure = classifyResponse(respond({ what: "", status: 422, body, expected: {} }));
  expect(failure.passed).toEqual({ status: 422, contentType: "application/json", body });
});

test.each([400, 404, 413, 422])("a %i to a changed request is incompatible and passes nothing on", (status) => {
  const seen = { what: "", status, body: { error: { message: "no" } }, changed: true, expected: {} };
  const failure = classifyResponse(respond(seen));
  expect(failure.kind).toBe("incompatible");
  expect(failure.passed).toBeUndefined();
});

test("the same code means four different things, by status", () => {
  const kinds = [400, 401, 402, 429].map((status) => {
    const body = deepseekError("x", "", "invalid_request_error");
    return classifyResponse(respond({ what: "", status, body, expected: {} })).kind;
  });
  expect(kinds).toEqual(["caller", "credential", "credential", "overloaded"]);
});

test("a caller's own words in a 400 do not isolate the key", () => {
  const body = deepseekError("unknown variant `insufficient balance`", "invalid_request_error");
  expect(classifyResponse(respond({ what: "", status: 400, body, expected: {} })).kind).toBe("caller");
});

test("no key gets into a message or a passed body", () => {
  const apiKey = "0f5c2a7e-1b7d-4a52-9d0f-111122223333";
  const body = { error: { message: `bad key ${apiKey}, or sk-abcdef0123456789, or Bearer abcdef0123456789` } };
  const failure = classifyResponse({ ...respond({ what: "", status: 400, body, expected: {} }), apiKey });
  const text = JSON.stringify(failure);
  expect(text).not.toContain(apiKey);
  expect(failure.message).toBe("box answered 400: bad key ****, or sk-****, or Bearer ****");
});

test("a long message is cut, and not inside a character", () => {
  const body = { error: { message: "😀".repeat(2_000) } };
  const { message } = classifyResponse(respond({ what: "", status: 500, body, expected: {} }));
  expect(message.length).toBeLessThan(600);
  expect(message.isWellFormed()).toBe(true);
});

test.each([
  ["retry-after-ms", "1500", 1_500],
  ["retry-after", "7", 7_000],
  ["retry-after", "0.5", 500],
  ["retry-after", "Sun, 22 Nov 2026 00:00:30 GMT", 30_000],
  ["retry-after", "Sat, 21 Nov 2026 00:00:00 GMT", 0],
  ["retry-after", "999999999", 86_400_000],
  ["retry-after", "soon", undefined],
  ["retry-after", "-3", undefined],
])("%s: %s is a wait of %s ms", (name, value, expected) => {
  const seen = { what: "", status: 429, body: {}, expected: {} };
  expect(classifyResponse(respond(seen, { [name]: value })).retryAfterMs).toBe(expected);
});

test("the milliseconds come before the seconds, and headers before the message", () => {
  const body = { error: { message: "Please try again in 9s." } };
  const seen = { what: "", status: 429, body, expected: {} };
  expect(classifyResponse(respond(seen, { "retry-after-ms": "20", "retry-after": "1" })).retryAfterMs).toBe(20);
  expect(classifyResponse(respond(seen)).retryAfterMs).toBe(9_000);
});

const context = { provider: "box", rules: [], changed: false };

test.each([
  [{ message: "Service is too busy.", type: "service_unavailable_error" }, "overloaded", "http-503"],
  [{ code: 502, message: "Provider disconnected", metadata: {} }, "fault", "http-502"],
  [{ code: 429, message: "Rate limited" }, "overloaded", "http-429"],
  [{ object: "error", message: "bad", type: "BadRequestError", code: 400 }, "caller", "http-400"],
  [{ message: "Streaming response failed: [503] The request queue is full." }, "overloaded", "http-503"],
  [{ code: 50508, message: "System is too busy now.", data: null }, "overloaded", "http-503"],
  [{ message: "Boom" }, "fault", "error-in-stream"],
  [{ message: "Insufficient Balance", type: "unknown_error", code: 402 }, "credential", "http-402"],
  [{ message: "maximum context length is 10 tokens" }, "caller", "context-too-long"],
])("an error inside a stream: %o", (error, kind, reason) => {
  const failure = classifyStreamError(context, error, false);
  expect(failure).toMatchObject({ kind, reason, committed: false, provider: "box" });
  // Wrapped or not, it means the same.
  expect(classifyStreamError(context, { error }, false)).toMatchObject({ kind, reason });
});

test("before any content, a caller's fault inside a stream is passed on as a response of its own", () => {
  const error = { message: "maximum context length is 10 tokens", type: "invalid_request_error" };
  expect(classifyStreamError(context, error, false).passed).toEqual({
    status: 400,
    contentType: "application/json",
    body: JSON.stringify({ error }),
  });
  expect(classifyStreamError({ ...context, changed: true }, error, false).kind).toBe("incompatible");
});

test("after content nothing is the caller's fault any more", () => {
  const failure = classifyStreamError(context, { message: "bad", type: "invalid_request_error" }, true);
  expect(failure).toMatchObject({ kind: "fault", reason: "error-in-stream", committed: true });
  expect(failure.passed).toBeUndefined();
});
