import { expect, test } from "vitest";
import { FAST, stage } from "../harness/stage.ts";

const BODY = JSON.stringify({ model: "any", messages: [{ role: "user", content: "x".repeat(4_000) }] });

test("a body over the limit is refused with the identity of every response, in each API's words, and counted", async () => {
  await using running = await stage({
    upstreams: { first: FAST },
    routes: [{ name: "main", model: "*", ladder: ["first"] }],
    server: { limits: { body: "2KiB" } },
  });
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${running.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: BODY,
    });
    const requestId = response.headers.get("tideover-request-id") ?? "none";
    return { status: response.status, requestId, body: (await response.json()) as { error: Record<string, unknown> } };
  };
  const chat = await ask("/v1/chat/completions", { "tideover-resumable": "?1" });
  expect(chat).toMatchObject({
    status: 413,
    requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    body: { error: { code: "payload_too_large", request_id: chat.requestId, message: /2048 bytes/ } },
  });
  const messages = await ask("/v1/messages");
  expect(messages).toMatchObject({ status: 413, body: { type: "error", error: { type: "request_too_large" } } });
  // What would be done with an empty body is not done with one that was not read.
  const erased = await fetch(`${running.url}/admin/api/tenants/shop`, { method: "DELETE", body: BODY });
  expect([erased.status, erased.headers.has("tideover-request-id")]).toEqual([413, true]);

  const { counters, gauges } = running.gateway.sight.totals.snapshot();
  expect(counters.errors).toEqual({ "\npayload_too_large": 3 });
  expect([counters.requestsStarted?.[""], counters.requests?.["\n\n\nrefused\n0"]]).toEqual([3, 3]);
  expect(gauges.requestsInFlight?.[""]).toBe(0);
});
