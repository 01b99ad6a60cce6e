import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ErrorCode, type FailureKind, failure, newTrace } from "../engine/index.ts";
import { VirtualClock } from "../testing/index.ts";
import { failureResponse, inBandError } from "./error-response.ts";
import { callerError, ERROR_CATALOGUE, errorOfFailure } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { parsed, request, textOf } from "./testing/front-harness.ts";

const PAGE = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const SECTIONS = PAGE.split(/^## /m).slice(1);

test("the page has one section for each code, in the catalogue's order, and no other", () => {
  const codes = SECTIONS.flatMap((section) => /^`([a-z_]+)`/.exec(section)?.[1] ?? []);
  expect(codes).toEqual(Object.keys(ERROR_CATALOGUE));
});

test.each(Object.values(ERROR_CATALOGUE))("the section of $code agrees with the catalogue", (entry) => {
  const section = SECTIONS.find((text) => text.startsWith(`\`${entry.code}\``)) ?? "";
  expect(/^- \*\*Status\*\*: (\d+)/m.exec(section)?.[1]).toBe(String(entry.status));
  expect(/^- \*\*Type\*\*: `(\w+)`/m.exec(section)?.[1]).toBe(entry.type);
  expect(section).toContain(`${entry.title}.`);
  expect(/^- \*\*When\*\*: \S/m.test(section)).toBe(true);
  expect(/^- \*\*What to do\*\*: \S/m.test(section)).toBe(true);
  const example = parsed(/```json\n([\s\S]*?)```/.exec(section)?.[1]);
  expect(example.error).toMatchObject({ code: entry.code, type: entry.type, message: expect.any(String) });
  expect(example.error).toHaveProperty("param");
  expect(example.error).toHaveProperty("request_id");
  const waits = /^- \*\*Retry-After\*\*: .*?(\d+) s/m.exec(section)?.[1];
  expect(waits).toBe(entry.retryAfterMs === undefined ? undefined : String(entry.retryAfterMs / 1_000));
});

test("every code has the status that the semantics fix", () => {
  const statuses = Object.fromEntries(Object.values(ERROR_CATALOGUE).map(({ code, status }) => [code, status]));
  expect(statuses).toEqual({
    invalid_request: 400,
    unauthorized: 401,
    unknown_model: 404,
    unknown_job: 404,
    unknown_stream: 404,
    payload_too_large: 413,
    idempotency_mismatch: 422,
    rate_limited: 429,
    provider_unusable: 502,
    stream_interrupted: 502,
    load_shed: 503,
    ladder_exhausted: 503,
    deadline_exceeded: 504,
    not_cached: 504,
  } satisfies Record<ErrorCode, number>);
});

test.each([
  ["overloaded", "ladder_exhausted"],
  ["fault", "ladder_exhausted"],
  ["incompatible", "ladder_exhausted"],
  ["rejected", "ladder_exhausted"],
  ["caller", "invalid_request"],
  ["credential", "provider_unusable"],
  ["deadline", "deadline_exceeded"],
] satisfies [FailureKind, ErrorCode][])("a failure of kind %s is told as %s", (kind, code) => {
  expect(errorOfFailure(failure(kind, "x", "Message."), "nothing").code).toBe(code);
});

test("a failure's own code decides before an answer, and a cut is a cut", () => {
  const shed = failure("rejected", "shed", "Full.", { code: "load_shed", retryAfterMs: 250 });
  expect(errorOfFailure(shed, "nothing")).toMatchObject({ code: "load_shed", status: 503, retryAfterMs: 250 });
  expect(errorOfFailure(shed, "document").code).toBe("stream_interrupted");
  expect(errorOfFailure(failure("deadline", "x", "Late."), "document").code).toBe("deadline_exceeded");
  expect(errorOfFailure(failure("deadline", "x", "Late."), "stream").code).toBe("stream_interrupted");
  expect(errorOfFailure(failure("fault", "cut", "Cut.", { committed: true }), "nothing").code).toBe(
    "stream_interrupted",
  );
});

test("a provider that refuses our key is named", () => {
  const refused = failure("credential", "http-402", "Insufficient Balance", { provider: "deepseek", status: 402 });
  expect(errorOfFailure(refused, "nothing")).toMatchObject({
    code: "provider_unusable",
    status: 502,
    message: 'Provider "deepseek" cannot be used: Insufficient Balance',
  });
});

test("a caller's fault without the provider's response keeps its status", () => {
  expect(errorOfFailure(failure("caller", "x", "No.", { status: 422 }), "nothing")).toMatchObject({ status: 422 });
  expect(errorOfFailure(failure("caller", "x", "No."), "nothing")).toMatchObject({ status: 400 });
});

function exchange(attempts: number, provenance = DEFAULT_SETTINGS.provenance) {
  const trace = newTrace();
  for (let made = 0; made < attempts; made++) trace.attempts.push({ provider: "p", outcome: "running", ms: 5 });
  return new Exchange(request(), "id-1", trace, {
    clock: new VirtualClock(),
    settings: { ...DEFAULT_SETTINGS, provenance },
  });
}

test("a client is told not to retry only where a provider was tried", () => {
  const refused = failure("rejected", "breaker-open", "Open.");
  expect(failureResponse(exchange(0), refused, { struck: "nothing" }).headers["x-should-retry"]).toBeUndefined();
  expect(failureResponse(exchange(1), refused, { struck: "nothing" }).headers["x-should-retry"]).toBe("false");
});

test.each([
  [1, "1"],
  [1_000, "1"],
  [1_001, "2"],
  [90_000, "90"],
])("a wait of %i ms is Retry-After %s", (retryAfterMs, expected) => {
  const { headers } = failureResponse(exchange(0), failure("overloaded", "x", "Busy.", { retryAfterMs }), {
    struck: "nothing",
  });
  expect(headers["retry-after"]).toBe(expected);
});

test("an attempt that still runs is told by what ended the call", async () => {
  const response = failureResponse(exchange(1), failure("deadline", "deadline", "Late."), { struck: "nothing" });
  expect(parsed(await textOf(response)).tideover?.attempts).toEqual([{ provider: "p", outcome: "deadline", ms: 5 }]);
});

test("with provenance off an error has no account", async () => {
  const quiet = exchange(1, { headers: false, body: false });
  const response = failureResponse(quiet, failure("fault", "x", "Broken."), { struck: "nothing" });
  expect(parsed(await textOf(response))).not.toHaveProperty("tideover");
  expect(response.headers).not.toHaveProperty("tideover-attempts");
});

test("a provider's response that is no JSON is told in our own envelope once the head is out", () => {
  const passed = { status: 413, contentType: "text/html", body: "<html>" };
  const text = inBandError(exchange(1), failure("caller", "http-413", "Too large.", { passed }), { struck: "nothing" });
  expect(parsed(text).error).toMatchObject({ code: "invalid_request", message: "Too large.", status: 413 });
});

test("an error of our own making can bring its own status and headers", () => {
  expect(callerError("invalid_request", "No.", { status: 405, headers: { allow: "POST" } })).toMatchObject({
    status: 405,
    headers: { allow: "POST" },
  });
});
