import { expect, test } from "vitest";
import type { HttpBody, HttpResponse } from "./http.ts";
import type { FrontStatus, ServiceStatus } from "./status-endpoints.ts";
import { harness, parsed, request, textOf } from "./testing/front-harness.ts";

const NORMAL: ServiceStatus = {
  at: 1_700_000_010_999,
  level: "normal",
  since: 1_700_000_000_500,
  routes: [{ name: "copy", level: "normal", since: 1_700_000_000_500 }],
};

/** Levels that a test changes. */
function scripted(
  most = 10,
): FrontStatus & { now: ServiceStatus; change(): void; readonly followers: Set<() => void> } {
  const followers = new Set<() => void>();
  return {
    now: NORMAL,
    followers,
    read() {
      return this.now;
    },
    follow(changed) {
      if (followers.size >= most) return undefined;
      followers.add(changed);
      return () => followers.delete(changed);
    },
    change() {
      for (const changed of followers) changed();
    },
  };
}

const neverAsked = () => {
  throw new Error("no call is made here");
};
const from = "https://shop.example";

async function next({ body }: HttpResponse): Promise<string | undefined> {
  const bytes = await (body as HttpBody).read();
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

test("the status is told to every page, without a key, and may be kept for a second", async () => {
  const { handler, records } = harness(neverAsked, {
    status: scripted(),
    keys: [{ name: "shop", key: "sk-shop", tenant: "shop", maxPriority: 2 }],
  });
  const response = await handler(
    request({ method: "GET", path: "/v1/status", headers: { origin: from, host: "api.example" } }),
  );
  expect(response.status).toBe(200);
  expect(response.headers).toMatchObject({
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=1, stale-while-revalidate=5",
  });
  expect(parsed(await textOf(response))).toEqual({
    object: "status",
    level: "normal",
    since: 1_700_000_000,
    at: 1_700_000_010,
    routes: [{ name: "copy", level: "normal", since: 1_700_000_000 }],
  });
  expect(records.map(({ endpoint, result }) => [endpoint, result])).toEqual([["/v1/status", "answered"]]);
});

test.each<[string, string, number]>([
  ["HEAD", "/v1/status", 200],
  ["POST", "/v1/status", 405],
  ["HEAD", "/v1/status/stream", 405],
])("%s %s: %i", async (method, path, status) => {
  const { handler } = harness(neverAsked, { status: scripted() });
  expect((await handler(request({ method, path }))).status).toBe(status);
});

test("a Tideover that knows no levels says so", async () => {
  const { handler } = harness(neverAsked);
  const response = await handler(request({ method: "GET", path: "/v1/status" }));
  expect([response.status, await textOf(response)]).toEqual([404, expect.stringContaining("does not tell its status")]);
});

test("the stream begins with how things are and tells of each change", async () => {
  const status = scripted();
  const { handler, clock, records } = harness(neverAsked, { status });
  const response = await handler(request({ method: "GET", path: "/v1/status/stream" }));
  expect(response.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "access-control-allow-origin": "*",
  });
  expect(await next(response)).toMatch(/^event: status\ndata: \{"object":"status","level":"normal"/);
  const pending = next(response);
  status.now = { ...NORMAL, level: "outage" };
  status.change();
  expect(await pending).toContain('"level":"outage"');
  const silent = next(response);
  await clock.advance(15_000);
  expect(await silent).toBe(": keep-alive\n\n");
  (response.body as HttpBody).cancel();
  expect([status.followers.size, clock.pendingTimers, records.length]).toEqual([0, 0, 1]);
});

test("changes that a slow reader has missed are told as one", async () => {
  const status = scripted();
  const { handler } = harness(neverAsked, { status });
  const response = await handler(request({ method: "GET", path: "/v1/status/stream" }));
  await next(response);
  for (const level of ["busy", "degraded"] as const) {
    status.now = { ...NORMAL, level };
    status.change();
  }
  expect(await next(response)).toContain('"level":"degraded"');
  (response.body as HttpBody).cancel();
});

test("a stream lives for an hour", async () => {
  const { handler, clock } = harness(neverAsked, { status: scripted() });
  const response = await handler(request({ method: "GET", path: "/v1/status/stream" }));
  await next(response);
  await clock.advance(3_600_000);
  expect([await next(response), clock.pendingTimers]).toEqual([undefined, 0]);
});

test("too many readers are asked to come back later", async () => {
  const { handler, clock } = harness(neverAsked, { status: scripted(0) });
  const response = await handler(request({ method: "GET", path: "/v1/status/stream" }));
  expect([response.status, response.headers["retry-after"], clock.pendingTimers]).toEqual([503, "10", 0]);
});
