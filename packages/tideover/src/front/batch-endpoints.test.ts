import { expect, test } from "vitest";
import { VirtualClock } from "../testing/index.ts";
import { ALL_ENDPOINTS } from "./all-endpoints.ts";
import type { BatchRequest, FrontBatches } from "./batch-endpoints.ts";
import { callerError } from "./errors.ts";
import type { ExchangeRecord } from "./exchange.ts";
import { createHandler } from "./front.ts";
import { type HttpRequest, textOfBody, type WholeBody } from "./http.ts";

const KEY = { name: "k", key: "secret", tenant: "shop" };

/** A front of which only the batches are there. */
function front(batches: FrontBatches | undefined, keys = [KEY]) {
  const ended: ExchangeRecord[] = [];
  const handler = createHandler({
    clock: new VirtualClock(),
    ids: { next: () => "request-1" },
    findRoute: () => undefined,
    listModels: () => [],
    endpoints: ALL_ENDPOINTS,
    keys,
    batches,
    ready: () => ({ ready: true, reasons: [] }),
    onExchange: (record) => ended.push(record),
  });
  const ask = async (method: string, path: string, headers: Record<string, string> = {}, signal?: AbortSignal) => {
    const request: HttpRequest = {
      method,
      path,
      header: (name) => headers[name],
      body: new Uint8Array(),
      signal: signal ?? new AbortController().signal,
    };
    const response = await handler(request);
    return { ...response, text: textOfBody(response.body as WholeBody) };
  };
  return { ask, ended };
}

/** Notes what it is asked. */
function noting() {
  const asked: BatchRequest[] = [];
  const batches: FrontBatches = {
    respond(request) {
      asked.push(request);
      return Promise.resolve({ status: 200, headers: { "x-own": "1" }, body: new Uint8Array() });
    },
  };
  return { asked, batches };
}

const AUTHORIZED = { authorization: "Bearer secret" };

test.each([
  ["GET", "/v1/files?limit=2", { of: "files" }],
  ["POST", "/v1/files", { of: "files" }],
  ["DELETE", "/v1/files/file-1", { of: "files", id: "file-1" }],
  ["GET", "/v1/files/file-1/content", { of: "files", id: "file-1", action: "content" }],
  ["POST", "/v1/batches", { of: "batches" }],
  ["GET", "/v1/batches/batch_1", { of: "batches", id: "batch_1" }],
  ["POST", "/v1/batches/batch_1/cancel", { of: "batches", id: "batch_1", action: "cancel" }],
] as const)("%s %s reaches whoever keeps batches, with the caller's tenant", async (method, path, endpoint) => {
  const { asked, batches } = noting();
  const { ask, ended } = front(batches);
  const response = await ask(method, path, AUTHORIZED);
  expect([response.status, response.headers["x-own"]]).toEqual([200, "1"]);
  expect(response.headers).toHaveProperty("tideover-request-id");
  expect(asked).toMatchObject([{ tenant: "shop", keyName: "k", endpoint }]);
  expect(ended).toMatchObject([{ result: "answered", tenant: "shop", endpoint: asked[0]?.endpoint.name }]);
});

test.each([
  ["PUT", "/v1/files", 405],
  ["DELETE", "/v1/batches/batch_1", 405],
  ["GET", "/v1/batches/batch_1/cancel", 405],
  ["GET", "/v1/batches/batch_1/content", 404],
  ["POST", "/v1/files/file-1/cancel", 404],
  ["GET", "/v1/files/a%2Fb", 404],
])("%s %s is refused", async (method, path, status) => {
  const { asked, batches } = noting();
  expect((await front(batches).ask(method, path, AUTHORIZED)).status).toBe(status);
  expect(asked).toEqual([]);
});

test("without a key nothing is to be had", async () => {
  const { asked, batches } = noting();
  expect((await front(batches).ask("GET", "/v1/files")).status).toBe(401);
  expect(asked).toEqual([]);
});

test("without keys a form and an empty cancellation are taken from this machine, and from no foreign page", async () => {
  const { batches } = noting();
  const { ask } = front(batches, []);
  const here = { host: "localhost:8787" };
  const form = { ...here, "content-type": "multipart/form-data; boundary=x" };
  expect((await ask("POST", "/v1/files", form)).status).toBe(200);
  expect((await ask("POST", "/v1/batches/batch_1/cancel", here)).status).toBe(200);
  expect((await ask("POST", "/v1/batches", form)).status).toBe(400);
  for (const origin of ["https://evil.example", "null"]) {
    expect((await ask("POST", "/v1/files", { ...form, origin })).status).toBe(401);
  }
});

test("an error is told in the envelope, what is thrown is a defect, and who has left is told nothing", async () => {
  const wrong = callerError("invalid_request", "no such", { status: 404, param: "id" });
  const refused = await front({ respond: () => Promise.resolve(wrong) }).ask("GET", "/v1/batches/b", AUTHORIZED);
  expect([refused.status, JSON.parse(refused.text).error]).toMatchObject([404, { message: "no such", param: "id" }]);
  const { ask, ended } = front({ respond: () => Promise.reject(new Error("disk")) });
  expect((await ask("GET", "/v1/batches", AUTHORIZED)).status).toBeGreaterThanOrEqual(500);
  expect(ended[0]?.thrown).toBeInstanceOf(Error);
  await ask("POST", "/v1/files", AUTHORIZED, AbortSignal.abort());
  expect(ended[1]).toMatchObject({ result: "cancelled", thrown: undefined });
});

test("where no batches are kept, the answer says why", async () => {
  const { status, text } = await front(undefined).ask("GET", "/v1/batches", AUTHORIZED);
  expect([status, JSON.parse(text).error.message]).toEqual([404, expect.stringContaining("`ticket`")]);
});
