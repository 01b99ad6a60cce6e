import { type Call, failure, newTrace } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { testCall, VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { NOTED_AT_ONCE, NOTED_PER_SECOND } from "./defaults.ts";
import { RecentRequests } from "./recent-requests.ts";

function ring(settings: { requests?: number; prompts?: boolean } = {}) {
  const clock = new VirtualClock();
  const kept = { requests: 10, prompts: false, ...settings };
  return { clock, kept, requests: new RecentRequests({ clock, settings: () => kept, costOf: () => 0.25 }) };
}

function record(call: Call, changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: call.id,
    method: "POST",
    endpoint: "/v1/chat/completions",
    operation: "chat",
    route: "copy",
    stream: false,
    result: "answered",
    status: 200,
    trace: call.trace,
    startedAt: 1_000,
    totalMs: 500,
    ...changes,
  };
}

/** A request from its beginning to its end. */
function keep(requests: RecentRequests, id: string, changes: Partial<ExchangeRecord> = {}, startedAt = 0): void {
  const call = testCall({ id, startedAt });
  requests.engineEvent({ type: "call-started", call });
  requests.exchangeEnded(record(call, changes));
}

test("a request's waterfall shows what happened within it", async () => {
  const { clock, requests } = ring();
  const call = testCall({ id: "r1", startedAt: clock.now(), trace: newTrace() });
  const { trace } = call;
  requests.engineEvent({ type: "call-started", call });
  requests.engineEvent({ type: "rung-entered", call, rung: "first > second" });
  const owner = { provider: "first", account: "first", model: "m" };
  await clock.advance(20);
  requests.engineEvent({ type: "permit-granted", ...owner, call, waitedMs: 20 });
  const first = { provider: "first", outcome: "running", ms: 0, purpose: "summary" } as (typeof trace.attempts)[number];
  trace.attempts.push(first);
  requests.engineEvent({ type: "attempt-started", call, provider: "first", account: "key 1" });
  await clock.advance(100);
  Object.assign(first, { outcome: "overloaded", reason: "http-429", ms: 100 });
  requests.engineEvent({ type: "attempt-ended", call, record: first, totalMs: 100 });
  requests.engineEvent({ type: "retry-scheduled", call, provider: "first", delayMs: 30 });
  await clock.advance(30);
  const second = { provider: "second", outcome: "running", ms: 0 } as (typeof trace.attempts)[number];
  trace.attempts.push(second);
  requests.engineEvent({ type: "attempt-started", call, provider: "second", account: "key 2" });
  await clock.advance(50);
  Object.assign(second, { outcome: "answered", ms: 40 });
  requests.engineEvent({ type: "attempt-ended", call, record: second, totalMs: 50 });
  const outcome = failure("overloaded", "http-503", "busy");
  requests.engineEvent({ type: "call-answered", call, outcome, ms: 200 });
  requests.exchangeEnded(record(call, { failure: outcome }));
  expect(requests.find("r1")).toMatchObject({
    attempts: 2,
    message: "busy",
    waterfall: [
      { kind: "rung", name: "first > second", start: 0, end: 200, outcome: "overloaded", reason: "http-503" },
      { kind: "wait", name: "first", start: 0, end: 20, outcome: "granted" },
      {
        kind: "attempt",
        name: "first",
        account: "key 1",
        start: 20,
        end: 120,
        outcome: "overloaded",
        reason: "http-429",
        purpose: "summary",
      },
      { kind: "backoff", name: "first", start: 120, end: 150 },
      { kind: "attempt", name: "second", account: "key 2", start: 150, end: 200, mark: 190, outcome: "answered" },
      { kind: "outcome", start: 200, end: 200 },
    ],
  });
});

test("the newest come first, the oldest are forgotten, and pages go on where they ended", () => {
  const { requests } = ring({ requests: 5 });
  for (let index = 0; index < 8; index++) keep(requests, `r${index}`);
  const ids = (before?: string) => {
    const { requests: page, hasMore } = requests.list({ limit: 3, before });
    return [page.map(({ id }) => id), hasMore];
  };
  expect(ids()).toEqual([["r7", "r6", "r5"], true]);
  expect(ids("r5")).toEqual([["r4", "r3"], false]);
  expect(requests.since(6, 20).map(({ id }) => id)).toEqual(["r6", "r7"]);
  expect(requests.find("r0")).toBeUndefined();
});

test("a ring that a reload makes smaller, then larger, keeps the newest in order", () => {
  const { requests, kept } = ring({ requests: 4 });
  const add = (from: number, to: number) => {
    for (let index = from; index <= to; index++) keep(requests, `r${index}`);
  };
  add(1, 6);
  kept.requests = 2;
  add(7, 7);
  kept.requests = 4;
  add(8, 9);
  const { requests: all } = requests.list({ limit: 10 });
  expect(all.map(({ id }) => id).slice(0, 3)).toEqual(["r9", "r8", "r7"]);
  expect(all.length).toBeLessThanOrEqual(4);
});

test.each<[Parameters<RecentRequests["list"]>[0], string[]]>([
  [{ limit: 9, route: "copy" }, ["failed", "live"]],
  [{ limit: 9, result: "failed" }, ["failed"]],
  [{ limit: 9, rung: "live" }, ["live"]],
  [{ limit: 9, provider: "p" }, ["live"]],
  [{ limit: 9, degraded: true }, ["stale"]],
  [{ limit: 9, tenant: "shop" }, ["stale"]],
])("a list can be narrowed by %j", (filter, expected) => {
  const { requests } = ring();
  const live = { rung: "live", provider: "p", model: "m", degraded: false } as const;
  keep(requests, "live", { origin: live, usage: { promptTokens: 1, completionTokens: 2 } });
  keep(requests, "failed", { result: "failed", status: 503 });
  const stale = { rung: "stale", degraded: true } as const;
  keep(requests, "stale", { origin: stale, route: "other", tenant: "shop" });
  const { requests: found } = requests.list(filter);
  expect(found.map(({ id }) => id)).toEqual(expected);
  if (expected.includes("live")) expect(found.at(-1)).toMatchObject({ cost: 0.25, tokens: { input: 1, output: 2 } });
});

test("prompts are kept only where that is switched on, and cut at a bound", () => {
  const bytes = new TextEncoder().encode("x".repeat(20_000));
  for (const prompts of [false, true]) {
    const { requests } = ring({ prompts });
    const call = testCall({ id: "r1" });
    requests.engineEvent({ type: "call-started", call: { ...call, request: { ...call.request, bytes } } });
    requests.exchangeEnded(record(call));
    const { prompt } = requests.find("r1") ?? {};
    expect(prompt === null ? null : [prompt?.text.length, prompt?.cut]).toEqual(prompts ? [16_384, true] : null);
  }
});

test("probes and lists are not among the requests, refused calls are", () => {
  const { requests } = ring();
  const plain = { operation: undefined, route: undefined };
  requests.exchangeEnded(record(testCall({ id: "probe" }), { ...plain, method: "GET" }));
  requests.exchangeEnded(record(testCall({ id: "upload" }), { ...plain }));
  requests.exchangeEnded(record(testCall({ id: "refused" }), { ...plain, result: "refused", status: 404 }));
  expect(requests.list({ limit: 9 }).requests.map(({ id }) => id)).toEqual(["refused"]);
});

test("a ring of no size keeps nothing", () => {
  const { requests } = ring({ requests: 0 });
  requests.engineEvent({ type: "call-started", call: testCall({ id: "r" }) });
  requests.exchangeEnded(record(testCall({ id: "r" })));
  expect([requests.list({ limit: 9 }).requests, requests.total]).toEqual([[], 0]);
});

test("of a flood a sample is kept, and of what goes wrong in it another", async () => {
  const { clock, requests } = ring({ requests: 5_000 });
  for (let index = 0; index < 2_000; index++) {
    keep(requests, `r${index}`, index % 2 === 0 ? {} : { result: "failed", status: 503 });
  }
  const kept = requests.list({ limit: 5_000 }).requests;
  expect(kept).toHaveLength(NOTED_AT_ONCE * 2);
  expect(kept.filter(({ result }) => result === "failed").length).toBeGreaterThan(NOTED_AT_ONCE);
  await clock.advance(1_000);
  for (let index = 0; index < 500; index++) keep(requests, `s${index}`, {}, clock.now());
  expect(requests.total).toBe(NOTED_AT_ONCE * 2 + NOTED_PER_SECOND);
});

test("a request that ended in another process is kept with what was noted there", () => {
  const there = ring({ prompts: true }).requests;
  const here = ring().requests;
  const call = testCall({ id: "far" });
  there.engineEvent({ type: "call-started", call });
  there.engineEvent({ type: "rung-entered", call, rung: "first" });
  const ended = record(call);
  there.exchangeEnded(ended);
  here.endedElsewhere(structuredClone(there.withNotes(ended)));
  expect(here.find("far")).toEqual(there.find("far"));
  // What was not kept there is not here either.
  const other = record(testCall({ id: "other" }));
  there.exchangeEnded(other);
  here.endedElsewhere(structuredClone(there.withNotes(other)));
  expect(here.list({ limit: 9 }).requests.map(({ id }) => id)).toEqual(["far"]);
});
