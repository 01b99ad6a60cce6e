import { expect, test, vi } from "vitest";
import { failure, streamOf } from "../engine/index.ts";
import { ALL_ENDPOINTS } from "./all-endpoints.ts";
import { createHandler } from "./front.ts";
import { answerOf, CHAT, chunks, FINISH, harness, parsed, request, STREAMED, textOf } from "./testing/front-harness.ts";

const answered = () => answerOf(streamOf([...chunks("Hello"), FINISH]));
const KEYS = [{ name: "shop", key: "secret", tenant: "shop-tenant", maxPriority: 1 }];
const KEYED = { authorization: "Bearer secret" };

test("a call has what the headers and the key say", async () => {
  const { handler, calls } = harness(answered, { keys: KEYS });
  const headers = {
    ...KEYED,
    priority: "u=0",
    "tideover-deadline": "3s",
    "x-stainless-timeout": "30",
    "x-stainless-retry-count": "2",
  };
  await handler(request({ headers, path: "/beta/chat/completions" }));
  expect(calls[0]).toMatchObject({
    id: "request-1",
    tenant: "shop-tenant",
    priority: 1,
    startedAt: 0,
    deadline: 3_000,
    callerRetries: 2,
    lastChance: false,
    avoid: [],
    trace: { attempts: [], seams: [] },
    request: { operation: "chat", model: "deepseek-flash", stream: false, includeUsage: false, body: CHAT },
  });
  expect(new TextDecoder().decode(calls[0]?.request.bytes)).toBe(JSON.stringify(CHAT));
  expect(calls[0]).not.toHaveProperty("callerKey");
});

test("an anonymous call has the route's deadline and the defaults", async () => {
  const { handler, calls } = harness(answered);
  await handler(request({ headers: { authorization: "Bearer sk-someone" } }));
  expect(calls[0]).toMatchObject({ tenant: "anonymous", priority: 3, deadline: 120_000, callerRetries: 0 });
  expect(JSON.stringify(calls[0])).not.toContain("sk-someone");
});

test("a key that is passed through reaches the call and makes its tenant", async () => {
  const hash = () => "0123456789abcdef".repeat(4);
  const { handler, calls } = harness(answered, { hash, settings: { passthroughKeys: true } });
  await handler(request({ headers: { authorization: "Bearer sk-someone" } }));
  expect(calls[0]).toMatchObject({ callerKey: "sk-someone", tenant: "key-0123456789abcdef0123456789abcdef" });
});

test("keys and passed-through keys exclude each other", () => {
  expect(() => harness(answered, { keys: KEYS, settings: { passthroughKeys: true } })).toThrow("exclude each other");
});

test.each([
  ["/v1/chat/completions", CHAT],
  ["/v1/embeddings", { model: "m", input: "x" }],
])("an unknown key gets nowhere at %s, and its body is not even read", async (path, body) => {
  const { handler, calls, records } = harness(answered, { keys: KEYS });
  const response = await handler(request({ path, body: `${JSON.stringify(body)} broken` }));
  expect(response).toMatchObject({ status: 401, headers: { "www-authenticate": "Bearer" } });
  expect(parsed(await textOf(response)).error).toMatchObject({ code: "unauthorized", type: "authentication_error" });
  expect(calls).toEqual([]);
  expect(records).toMatchObject([{ result: "refused", code: "unauthorized", tenant: undefined }]);
});

test("models need a key too; probes do not", async () => {
  const { handler } = harness(answered, { keys: KEYS });
  const get = (path: string, headers = {}) => handler(request({ method: "GET", path, headers, body: "" }));
  expect((await get("/v1/models")).status).toBe(401);
  expect((await get("/v1/models", KEYED)).status).toBe(200);
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/readyz")).status).toBe(200);
});

test("without keys a page of another origin is refused, also for models; probes come by any name", async () => {
  const { handler } = harness(answered);
  const foreign = { host: "evil.example" };
  expect((await handler(request({ headers: foreign }))).status).toBe(401);
  expect((await handler(request({ method: "GET", path: "/v1/models", headers: foreign }))).status).toBe(401);
  expect((await handler(request({ headers: { "content-type": "text/plain" } }))).status).toBe(400);
  expect((await handler(request({ method: "GET", path: "/healthz", headers: foreign }))).status).toBe(200);
});

test("with keys the content type and the host are the caller's affair", async () => {
  const { handler } = harness(answered, { keys: KEYS });
  const headers = { ...KEYED, host: "gateway.example", "content-type": "application/x-www-form-urlencoded" };
  expect((await handler(request({ headers }))).status).toBe(200);
});

test("a preflight is not answered", async () => {
  const { handler } = harness(answered);
  const response = await handler(request({ method: "OPTIONS", headers: { origin: "https://evil.example" } }));
  expect(response).toMatchObject({ status: 405, headers: { allow: "POST" } });
  expect(Object.keys(response.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("an unknown model is 404 and says what there is", async () => {
  const { handler, calls } = harness(answered);
  const response = await handler(request({ body: { ...CHAT, model: "unknown-9" } }));
  expect(response.status).toBe(404);
  expect(parsed(await textOf(response)).error).toEqual({
    message: 'No route takes the model "unknown-9". Offered are: deepseek-flash.',
    type: "invalid_request_error",
    param: "model",
    code: "unknown_model",
    request_id: "request-1",
  });
  expect(calls).toEqual([]);
});

test("a body over the limit is 413", async () => {
  const { handler, calls } = harness(answered, { settings: { limits: { bodyBytes: 64, jsonDepth: 200 } } });
  const response = await handler(request());
  expect(response.status).toBe(413);
  expect(parsed(await textOf(response)).error?.code).toBe("payload_too_large");
  expect(calls).toEqual([]);
});

test("a refusal says nothing of retries and has no account: nothing was tried", async () => {
  const { handler } = harness(answered);
  const response = await handler(request({ body: "{" }));
  expect(response.headers["x-should-retry"]).toBeUndefined();
  expect(parsed(await textOf(response))).toEqual({
    error: {
      message:
        "The request body is not valid JSON at line 1, column 2 (offset 1): expected a member name in double quotes or }.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_request",
      request_id: "request-1",
    },
  });
});

test("the models that the routes offer", async () => {
  const { handler } = harness(answered);
  const get = async (path: string) => {
    const response = await handler(request({ method: "GET", path }));
    return [response.status, parsed(await textOf(response))];
  };
  const model = { id: "deepseek-flash", object: "model", created: 0, owned_by: "deepseek" };
  expect(await get("/v1/models")).toEqual([200, { object: "list", data: [model] }]);
  expect(await get("/models/deepseek-flash")).toEqual([200, model]);
  expect(await get("/v1/models/other")).toMatchObject([404, { error: { code: "unknown_model" } }]);
});

test("the same models for clients of Anthropic, in its form", async () => {
  const { handler } = harness(answered);
  const get = async (path: string, headers = {}) =>
    parsed(await textOf(await handler(request({ method: "GET", path, headers }))));
  const model = {
    ...{ type: "model", id: "deepseek-flash", display_name: "deepseek-flash" },
    created_at: "1970-01-01T00:00:00Z",
  };
  const list = { data: [model], has_more: false, first_id: "deepseek-flash", last_id: "deepseek-flash" };
  const theirs = { "anthropic-version": "2023-06-01" };
  expect(await get("/v1/models?limit=1000", theirs)).toEqual(list);
  expect(await get("/anthropic/v1/models")).toEqual(list);
  expect(await get("/v1/models/deepseek-flash", theirs)).toEqual(model);
  expect(await get("/anthropic/v1/models/other")).toMatchObject({ type: "error", error: { code: "unknown_model" } });
});

test("liveness and readiness, also for probes that send HEAD", async () => {
  const ready = vi.fn(() => ({ ready: false, reasons: ["draining"] }));
  const { handler } = harness(answered, { ready });
  const health = await handler(request({ method: "HEAD", path: "/healthz" }));
  expect([health.status, await textOf(health)]).toEqual([200, ""]);
  const readiness = await handler(request({ method: "GET", path: "/readyz" }));
  expect([readiness.status, parsed(await textOf(readiness))]).toEqual([
    503,
    { status: "not-ready", reasons: ["draining"] },
  ]);
});

test("a failed ladder names each rung's reason, says when to come back and that it was retried", async () => {
  const rungs = [
    { rung: "deepseek", kind: "overloaded", reason: "http-503", message: "Busy." },
    { rung: "template", kind: "incompatible", reason: "missing-field", message: "No name." },
  ] as const;
  const { handler, records } = harness((call) => {
    call.trace.attempts.push({ provider: "deepseek", outcome: "overloaded", ms: 12 });
    return failure("incompatible", "ladder-exhausted", "No rung could answer.", { code: "ladder_exhausted", rungs });
  });
  const response = await handler(request());
  expect(response).toMatchObject({
    status: 503,
    headers: {
      "retry-after": "10",
      "x-should-retry": "false",
      "tideover-attempts": "1",
      "tideover-request-id": "request-1",
    },
  });
  expect(response.headers["tideover-rung"]).toBeUndefined();
  expect(parsed(await textOf(response))).toEqual({
    error: {
      message: "No rung could answer.",
      type: "server_error",
      param: null,
      code: "ladder_exhausted",
      rungs,
      request_id: "request-1",
    },
    tideover: {
      rung: null,
      provider: null,
      model: null,
      degraded: false,
      attempts: [{ provider: "deepseek", outcome: "overloaded", ms: 12 }],
      seams: [],
    },
  });
  expect(records).toMatchObject([{ result: "failed", code: "ladder_exhausted", route: "default" }]);
});

test("a caller's fault comes back with the provider's own status and body", async () => {
  const body =
    '{"error":{"message":"This model\'s maximum context length is 65536 tokens.","code":"invalid_request_error"}}';
  const passed = { status: 400, contentType: "application/json; charset=utf-8", body };
  const { handler } = harness((call) => {
    call.trace.attempts.push({ provider: "deepseek", outcome: "caller", ms: 12 });
    return failure("caller", "context-too-long", "Too long.", { passed, provider: "deepseek", status: 400 });
  });
  for (const streamed of [CHAT, STREAMED]) {
    const response = await handler(request({ body: streamed }));
    expect(response).toMatchObject({
      status: 400,
      headers: { "content-type": passed.contentType, "tideover-provider": "deepseek", "tideover-attempts": "1" },
    });
    expect(await textOf(response)).toBe(body);
  }
});

test.each([
  ["model", { ...CHAT, model: "__proto__" }],
  ["members", { ...CHAT, hasOwnProperty: 1, toString: null }],
])("hostile %s are just data", async (_, body) => {
  const { handler } = harness(answered);
  expect((await handler(request({ body }))).status).toBe(200);
});

test("the handler never rejects, whatever throws", async () => {
  const thrown = new Error("a defect");
  const { handler, records } = harness(answered, {
    findRoute: () => {
      throw thrown;
    },
  });
  const response = await handler(request());
  expect(response.status).toBe(503);
  expect(await textOf(response)).not.toContain("defect");
  expect(records).toMatchObject([{ result: "failed", thrown }]);
});

test("an observer that is not there costs nothing and breaks nothing", async () => {
  const { clock } = harness(answered);
  const handler = createHandler({
    clock,
    ids: { next: () => "id" },
    findRoute: () => ({ name: "r", service: async () => answered(), deadlineMs: 1_000, models: [] }),
    listModels: () => [],
    endpoints: ALL_ENDPOINTS,
    keys: [],
    ready: () => ({ ready: true, reasons: [] }),
  });
  expect((await handler(request())).status).toBe(200);
});

test("a record holds neither key nor prompt nor answer", async () => {
  const { handler, records } = harness(answered, { keys: KEYS });
  await handler(request({ headers: KEYED, body: { ...CHAT, messages: [{ role: "user", content: "my prompt" }] } }));
  const text = JSON.stringify(records);
  expect(records).toMatchObject([{ endpoint: "/v1/chat/completions", keyName: "shop", tenant: "shop-tenant" }]);
  for (const word of ["secret", "my prompt", "Hello"]) expect(text).not.toContain(word);
});
