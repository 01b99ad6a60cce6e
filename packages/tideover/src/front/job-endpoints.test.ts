import { describe, expect, test } from "vitest";
import { ladder, respondAsync, seededRandom, ticket } from "../engine/index.ts";
import { BROKEN, jobStage, type StageProvider, TERMS } from "../jobs/testing/job-stage.ts";
import { ALL_ENDPOINTS } from "./all-endpoints.ts";
import { createHandler } from "./front.ts";
import type { HttpBody, HttpResponse } from "./http.ts";
import { CHAT, parsed, type RequestParts, request, textOf } from "./testing/front-harness.ts";
import { signatureState, ticketUrl } from "./ticket-links.ts";

const KEYS = ["shop", "bank"].map((name) => ({ name, key: `${name}-key`, tenant: name }));
const asKey = (name: string) => ({ authorization: `Bearer ${name}-key` });
const SHOP = asKey("shop");
const BANK = asKey("bank");
const ASYNC = { ...SHOP, prefer: "respond-async" };
/** A signature for tests: whoever knows the text can make it. */
const sign = (text: string) =>
  [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7).toString(36);

/** A front over a live provider and a ticket rung, with a worker, in virtual time. */
function office(provider: StageProvider = {}) {
  const stage = jobStage(provider);
  const { jobs } = stage.process({ link: (job) => ticketUrl(job, sign) });
  const environment = { clock: stage.clock, random: seededRandom(1) };
  const climb = ladder(
    [
      { name: "p", slow: true, service: stage.service },
      {
        name: "ticket",
        slow: false,
        takes: (call) => call.respondAsync !== undefined,
        service: ticket(jobs.desk, TERMS),
      },
    ],
    environment,
  );
  const service = respondAsync(jobs.desk, TERMS, 600_000, stage.clock)(climb);
  let nextId = 0;
  const handler = createHandler({
    clock: stage.clock,
    ids: { next: () => `request-${++nextId}` },
    findRoute: () => ({ name: "r", service, deadlineMs: 120_000, models: ["m"] }),
    listModels: () => [{ id: "m", ownedBy: "p" }],
    endpoints: ALL_ENDPOINTS,
    keys: KEYS,
    jobs: { jobs, sign },
    ready: () => ({ ready: true, reasons: [] }),
  });
  const send = (parts: RequestParts) => stage.clock.run(handler(request({ ...parts })));
  const ask = (headers: RequestParts["headers"] = ASYNC, body: object = { ...CHAT, model: "m" }) =>
    send({ headers, body });
  const read = async (path: string, headers: RequestParts["headers"] = SHOP, method = "GET") => {
    const response = await send({ method, path, headers, body: "" });
    const text = await stage.clock.run(textOf(response));
    const body = parsed(text.startsWith("{") ? text : "null");
    return { status: response.status, headers: response.headers, body };
  };
  /** The id of a fresh ticket. */
  const open = async (headers = ASYNC) => String(parsed(await textOf(await ask(headers))).id);
  return { ...stage, jobs, ask, read, open, send };
}

describe("a ticket", () => {
  test("is 202 with its place, when to ask again, and a link for pages", async () => {
    const { ask, read, clock } = office();
    const response = await ask();
    const body = parsed(await textOf(response));
    expect(response).toMatchObject({
      status: 202,
      headers: {
        location: `/v1/jobs/${body.id}`,
        "tideover-rung": "ticket",
        "tideover-ticket": body.url,
        "preference-applied": "respond-async",
        "retry-after": "5",
      },
    });
    expect(body).toMatchObject({
      object: "job",
      status: "queued",
      model: "m",
      url: expect.stringContaining("signature="),
    });
    await clock.advance(5_000);
    const done = await read(`/v1/jobs/${body.id}`);
    expect(done).toMatchObject({
      status: 200,
      body: {
        status: "succeeded",
        response: { status_code: 200, body: { choices: [{ message: { content: "echo Hello" } }] } },
        tideover: { rung: "live", provider: "p" },
      },
    });
    expect(done.headers["retry-after"]).toBeUndefined();
  });

  test("is not given to who did not ask", async () => {
    const { ask } = office({ outcome: () => BROKEN });
    expect((await ask(SHOP)).status).toBe(503);
  });

  test("within the wait the answer itself comes", async () => {
    const { ask, store } = office({ ms: 3_000 });
    const response = await ask({ ...ASYNC, prefer: "respond-async, wait=10" });
    expect([response.status, (await store.counts()).succeeded]).toEqual([200, 0]);
  });

  test("after the wait the running attempt is the job's", async () => {
    const { ask, read, sent, clock } = office({ ms: 9_000 });
    const response = await ask({ ...ASYNC, prefer: "respond-async, wait=2" });
    const { id, status } = parsed(await textOf(response));
    expect([response.status, status, clock.now()]).toEqual([202, "running", 2_000]);
    await clock.advance(10_000);
    expect((await read(`/v1/jobs/${id}`)).body.status).toBe("succeeded");
    expect(sent.length).toBe(1);
  });

  test("who fails within the wait gets a ticket, a caller's own fault is told", async () => {
    const busy = office({ outcome: () => BROKEN });
    expect((await busy.ask({ ...ASYNC, prefer: "respond-async, wait=5" })).status).toBe(202);
    const wrong = office({ outcome: () => ({ ...BROKEN, kind: "caller", status: 400 }) });
    expect((await wrong.ask({ ...ASYNC, prefer: "respond-async, wait=5" })).status).toBe(400);
  });

  test("a wait beyond the deadline ends before it", async () => {
    const { ask, clock } = office({ ms: 60_000 });
    const headers = { ...ASYNC, prefer: "respond-async, wait=100", "tideover-deadline": "10s" };
    expect((await ask(headers)).status).toBe(202);
    expect(clock.now()).toBe(9_800);
  });

  test("who leaves during the wait leaves nothing behind", async () => {
    const { send, store, sent, clock } = office({ ms: 60_000 });
    const abort = new AbortController();
    const headers = { ...ASYNC, prefer: "respond-async, wait=20" };
    const response = send({ headers, body: { ...CHAT, model: "m" }, signal: abort.signal });
    await clock.advance(1_000);
    abort.abort();
    expect((await response).status).toBe(499);
    expect([sent[0]?.call.signal.aborted, (await store.list({ limit: 1 })).jobs.length]).toEqual([true, 0]);
  });

  test("the same key gives the same ticket, another body 422, an unusable key 400", async () => {
    const { open, ask } = office();
    const headers = { ...ASYNC, "idempotency-key": "order-1" };
    expect(await open(headers)).toBe(await open(headers));
    const other = await ask(headers, { ...CHAT, model: "m", n: 2 });
    expect([other.status, parsed(await textOf(other)).error?.code]).toEqual([422, "idempotency_mismatch"]);
    expect((await ask({ ...ASYNC, "idempotency-key": "two words" })).status).toBe(400);
  });
});

describe("whose a job is", () => {
  test("another tenant sees, lists, follows, cancels and retries nothing", async () => {
    const { open, read, store } = office({ ms: 60_000 });
    const id = await open();
    for (const [path, method] of [
      [`/v1/jobs/${id}`, "GET"],
      [`/v1/jobs/${id}`, "DELETE"],
      [`/v1/jobs/${id}/events`, "GET"],
      [`/v1/jobs/${id}/retry`, "POST"],
    ] as const) {
      expect(await read(path, BANK, method)).toMatchObject({ status: 404, body: { error: { code: "unknown_job" } } });
      expect((await read(path, {}, method)).status).toBe(401);
    }
    expect((await read("/v1/jobs", BANK)).body.data).toEqual([]);
    expect((await read(`/v1/jobs?after=${id}`, BANK)).body.data).toEqual([]);
    expect((await store.find(id))?.state).not.toBe("cancelled");
  });

  test("a signed link reads that job from any page, and does nothing else", async () => {
    const { open, read, clock } = office();
    const id = await open();
    const { url } = (await read(`/v1/jobs/${id}`)).body as unknown as { url: string };
    const query = url.slice(url.indexOf("?"));
    const seen = await read(url, { origin: "https://shop.example" });
    expect([seen.status, seen.headers["access-control-allow-origin"], seen.body.url]).toEqual([200, "*", undefined]);
    expect((await read(`/v1/jobs/${id}/events${query}`, {})).status).toBe(200);
    const other = await open();
    expect((await read(`/v1/jobs/${other}${query}`, {})).status).toBe(401);
    expect((await read(url.replace(/signature=./, "signature=_"), {})).status).toBe(401);
    expect((await read(url.replace(/expires=\d/, "expires=9"), {})).status).toBe(401);
    expect((await read(url, {}, "DELETE")).status).toBe(401);
    expect((await read(`/v1/jobs${query}`, {})).status).toBe(401);
    const later = clock.wallTime() + 3 * 86_400_000;
    expect(signatureState(id, new URLSearchParams(query), sign, clock.wallTime())).toBe("valid");
    expect(signatureState(id, new URLSearchParams(query), sign, later)).toBe("expired");
  });
});

describe("the list", () => {
  test("page by page, the newest first, without the answers", async () => {
    const { open, read, clock } = office();
    const ids = [await open(), await open(), await open()];
    await clock.advance(10_000);
    const first = (await read("/v1/jobs?limit=2")).body;
    expect(first).toMatchObject({ object: "list", has_more: true, first_id: ids[2], last_id: ids[1] });
    expect(first.data?.[0]).not.toHaveProperty("response");
    const second = (await read(`/v1/jobs?limit=2&after=${ids[1]}`)).body;
    expect(second).toMatchObject({ has_more: false, data: [{ id: ids[0], status: "succeeded" }] });
    expect((await read("/v1/jobs?status=queued")).body.data).toEqual([]);
    expect((await read("/v1/jobs?status=succeeded")).body.data).toHaveLength(3);
  });

  test.each(["limit=0", "limit=101", "limit=x", "status=leased", "status=constructor"])(
    "%s is refused",
    async (query) => {
      const { read } = office();
      expect(await read(`/v1/jobs?${query}`)).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_request" } },
      });
    },
  );
});

describe("ending and beginning again", () => {
  test("DELETE cancels, and shows what became of it", async () => {
    const { open, read, sent, clock } = office({ ms: 60_000 });
    const id = await open();
    await clock.advance(1_000);
    expect(await read(`/v1/jobs/${id}`, SHOP, "DELETE")).toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect(sent[0]?.call.signal.aborted).toBe(true);
    expect((await read(`/v1/jobs/${id}`, SHOP, "DELETE")).body.status).toBe("cancelled");
    expect((await read(`/v1/jobs/${id}/retry`, SHOP, "POST")).status).toBe(409);
  });

  test("what failed is tried again when asked", async () => {
    const { open, read, clock } = office({ outcome: () => BROKEN });
    const id = await open();
    await clock.advance(1_000_000);
    expect((await read(`/v1/jobs/${id}`)).body).toMatchObject({ status: "failed", dead_letter: true });
    expect((await read(`/v1/jobs/${id}/retry`, SHOP, "POST")).body.status).toBe("queued");
  });

  test("without tickets the paths say so", async () => {
    const handler = createHandler({
      clock: jobStage().clock,
      ids: { next: () => "1" },
      findRoute: () => undefined,
      listModels: () => [],
      endpoints: ALL_ENDPOINTS,
      keys: [],
      ready: () => ({ ready: true, reasons: [] }),
    });
    const response = await handler(request({ method: "GET", path: "/v1/jobs/x", body: "" }));
    expect([response.status, parsed(await textOf(response)).error?.code]).toEqual([404, "unknown_job"]);
  });
});

describe("events", () => {
  test("each state once, with the answer last; who comes back goes on behind what it saw", async () => {
    const { open, send, clock } = office({ ms: 20_000 });
    const id = await open();
    const follow = (headers = {}) =>
      send({ method: "GET", path: `/v1/jobs/${id}/events`, headers: { ...SHOP, ...headers }, body: "" });
    const text = clock.run(follow().then(textOf));
    const events = (await text).split("\n\n").filter((part) => part.startsWith("event: job"));
    const statuses = events.map((part) => parsed(part.slice(part.indexOf("data: ") + 6)).status);
    expect(statuses).toEqual(["running", "succeeded"]);
    expect(await text).toContain(": keep-alive");
    const ids = events.map((part) => /id: (\d+)/.exec(part)?.[1] ?? "");
    const again = await clock.run(follow({ "last-event-id": ids[0] }).then(textOf));
    expect(again.match(/^id: \d+$/gm)).toEqual([`id: ${ids[1]}`]);
    expect((await follow({ "last-event-id": ids[1] })).status).toBe(204);
  });

  test("changes that another process made are seen, too", async () => {
    const { open, send, store, clock } = office({ ms: 600_000 });
    const id = await open();
    await clock.advance(1_000);
    const response: HttpResponse = await send({
      method: "GET",
      path: `/v1/jobs/${id}/events`,
      headers: SHOP,
      body: "",
    });
    const body = response.body as HttpBody;
    await body.read();
    await store.cancel(id, { now: clock.wallTime(), keptUntil: clock.wallTime() + 1_000_000 });
    const next = await clock.run(body.read());
    expect(new TextDecoder().decode(next)).toContain('"status":"cancelled"');
    expect(await body.read()).toBeUndefined();
  });

  test("a reader that leaves leaves no timer", async () => {
    const { open, send, jobs, clock } = office({ ms: 5_000 });
    const id = await open();
    const response = await send({ method: "GET", path: `/v1/jobs/${id}/events`, headers: SHOP, body: "" });
    const body = response.body as HttpBody;
    await body.read();
    const waiting = body.read();
    await clock.advance(100);
    body.cancel();
    expect(await waiting).toBeUndefined();
    await clock.advance(10_000);
    await clock.run(jobs.stop(0));
    expect(clock.pendingTimers).toBe(0);
  });
});
