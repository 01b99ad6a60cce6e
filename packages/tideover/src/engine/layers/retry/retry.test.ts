import { expect, test } from "vitest";
import { scriptedService, testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { TokenBudget } from "../../kernels/token-budget.ts";
import type { Answer } from "../../outcome.ts";
import { type RetryOptions, retry } from "./retry.ts";

const busy = failure("overloaded", "http-503", "busy");
const lost = failure("fault", "connection-reset", "reset", { beforeAnyByte: true });
const answer: Answer = { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([]) };

const options: RetryOptions = {
  provider: "p",
  attempts: 3,
  same: "when-last",
  baseDelayMs: 1_000,
  maxDelayMs: 30_000,
  jitter: "none",
  budget: undefined,
};

function setUp(overrides: Partial<RetryOptions>, outcomes: Parameters<typeof scriptedService>[0]) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const { service, calls } = scriptedService(outcomes);
  const sentAt: number[] = [];
  const layer = retry(
    { ...options, ...overrides },
    { clock, random: seededRandom(1), emit: (event) => events.push(event) },
  );
  const run = layer((call) => {
    sentAt.push(clock.now());
    return service(call);
  });
  return { clock, run, calls, sentAt, events };
}

test("the last provider that could answer is tried again, with growing delays", async () => {
  const { clock, run, sentAt } = setUp({}, [busy, busy, answer]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(answer);
  expect(sentAt).toEqual([0, 1_000, 3_000]);
});

test("while another provider could answer, the failure goes up at once", async () => {
  const { clock, run, sentAt } = setUp({}, [busy, answer]);
  expect(await clock.run(run(testCall()))).toBe(busy);
  expect(sentAt).toEqual([0]);
});

test("the classic recipe: six tries after 1, 2, 4, 8 and 16 s, each within 10%, even with others left", async () => {
  const { clock, run, sentAt } = setUp({ attempts: 6, same: "always", jitter: 0.1 }, [busy]);
  expect(await clock.run(run(testCall()))).toBe(busy);
  const delays = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
  expect(delays).toHaveLength(5);
  [1_000, 2_000, 4_000, 8_000, 16_000].forEach((nominal, index) => {
    expect(Math.abs((delays[index] ?? 0) - nominal)).toBeLessThanOrEqual(nominal * 0.1);
  });
});

test("Retry-After is a floor under the delay", async () => {
  const { clock, run, sentAt } = setUp({}, [{ ...busy, retryAfterMs: 7_000 }, answer]);
  await clock.run(run(testCall({ lastChance: true })));
  expect(sentAt[1]).toBeGreaterThanOrEqual(7_000);
  expect(sentAt[1]).toBeLessThanOrEqual(8_750);
});

test("a wait that would outlast the deadline is not begun", async () => {
  const { clock, run, events } = setUp({}, [{ ...busy, retryAfterMs: 60_000 }, answer]);
  const outcome = await clock.run(run(testCall({ lastChance: true, deadline: 30_000 })));
  expect(outcome).toMatchObject({ kind: "overloaded" });
  expect(clock.now()).toBe(0);
  expect(events).toContainEqual(expect.objectContaining({ type: "retry-refused", why: "deadline" }));
});

test("a connection that was lost before any byte is replaced at once, even with other providers left", async () => {
  const { clock, run, sentAt } = setUp({}, [lost, answer]);
  expect(await clock.run(run(testCall()))).toBe(answer);
  expect(sentAt).toEqual([0, 0]);
});

test("a second lost connection leads to the next provider", async () => {
  const { clock, run, sentAt } = setUp({}, [lost, lost, answer]);
  expect(await clock.run(run(testCall()))).toBe(lost);
  expect(sentAt).toEqual([0, 0]);
});

test.each([
  ["the caller's own fault", failure("caller", "http-400", "bad")],
  ["a refused key", failure("credential", "http-401", "key")],
  ["what this provider cannot do", failure("incompatible", "http-422", "no")],
  ["a deadline", failure("deadline", "deadline", "late")],
  ["a cancelled call", failure("cancelled", "caller-gone", "gone")],
  ["anything after commit", failure("fault", "cut", "cut", { committed: true })],
])("never tried again: %s", async (_, failed) => {
  const { clock, run, sentAt } = setUp({ same: "always" }, [failed, answer]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(failed);
  expect(sentAt).toHaveLength(1);
});

test("an empty budget ends the tries", async () => {
  const budget = new TokenBudget({ share: 0, windowMs: 60_000, reserveCalls: 1 });
  const { clock, run, sentAt, events } = setUp({ budget, attempts: 5 }, [busy]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(busy);
  expect(sentAt).toHaveLength(2);
  expect(events).toContainEqual(expect.objectContaining({ type: "retry-refused", why: "budget" }));
});

test("in an outage the extra attempts stay within the budget's share of the traffic", async () => {
  const budget = new TokenBudget({ share: 0.1, windowMs: 60_000, reserveCalls: 0 });
  const { clock, run, sentAt } = setUp({ budget, attempts: 3 }, [busy]);
  for (let call = 0; call < 500; call++)
    await clock.run(run(testCall({ lastChance: true, startedAt: clock.now(), deadline: clock.now() + 60_000 })));
  expect(sentAt.length / 500).toBeLessThanOrEqual(1.11);
  expect(sentAt.length / 500).toBeGreaterThan(1.05);
});

test("a caller's own retry is debited but served", async () => {
  const budget = new TokenBudget({ share: 0, windowMs: 60_000, reserveCalls: 0 });
  const { clock, run, sentAt } = setUp({ budget }, [answer]);
  for (let i = 0; i < 3; i++) expect(await clock.run(run(testCall({ callerRetries: 1 })))).toBe(answer);
  expect(sentAt).toHaveLength(3);
  expect(budget.available(clock.now(), 1)).toBeLessThan(0);
});

test("an extra attempt (restart, continuation) is refused when the budget is spent", async () => {
  const budget = new TokenBudget({ share: 0, windowMs: 60_000, reserveCalls: 0 });
  const { clock, run, sentAt } = setUp({ budget }, [answer]);
  expect(await clock.run(run(testCall({ extra: true })))).toMatchObject({
    kind: "rejected",
    reason: "retry-budget-spent",
  });
  expect(sentAt).toHaveLength(0);
});

test("a call that goes away during the wait is not sent again and leaves no timer", async () => {
  const { clock, run, sentAt } = setUp({}, [busy, answer]);
  const abort = new AbortController();
  const outcome = run(testCall({ lastChance: true, signal: abort.signal }));
  await clock.advance(500);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await outcome).toMatchObject({ kind: "cancelled" });
  expect(clock.now()).toBe(500);
  expect(clock.pendingTimers).toBe(0);
  expect(sentAt).toHaveLength(1);
});

test("our own breaker's refusal does not hide why the provider failed", async () => {
  const { clock, run } = setUp({}, [busy, failure("rejected", "breaker-open", "open")]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(busy);
});

test("a fault is tried again as an overload is", async () => {
  const { clock, run, sentAt } = setUp({}, [failure("fault", "http-500", "broken"), answer]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(answer);
  expect(sentAt).toEqual([0, 1_000]);
});

test("a connection that was lost after bytes had come is no stale one: it waits for its turn", async () => {
  const { clock, run } = setUp({}, [{ ...lost, beforeAnyByte: false }, answer]);
  expect(await clock.run(run(testCall()))).toMatchObject({ reason: "connection-reset" });
});

test("a refusal of ours before anything was sent is told as it is", async () => {
  const full = failure("rejected", "limit-reached", "full");
  const { clock, run, sentAt } = setUp({}, [full]);
  expect(await clock.run(run(testCall({ lastChance: true })))).toBe(full);
  expect(sentAt).toEqual([0]);
});

test("a retry is told with its delay, and none is begun at the very deadline", async () => {
  const { clock, run, events } = setUp({}, [busy, answer]);
  await clock.run(run(testCall({ lastChance: true })));
  expect(events).toEqual([expect.objectContaining({ type: "retry-scheduled", provider: "p", delayMs: 1_000 })]);
  const late = setUp({}, [busy, answer]);
  expect(await late.clock.run(late.run(testCall({ lastChance: true, deadline: 1_000 })))).toBe(busy);
  expect(late.sentAt).toEqual([0]);
});

test("it works where nobody listens", async () => {
  const clock = new VirtualClock();
  const layer = retry({ ...options, attempts: 2 }, { clock, random: seededRandom(1) });
  const again = layer(scriptedService([busy, answer]).service);
  expect(await clock.run(again(testCall({ lastChance: true })))).toBe(answer);
  const tooLate = layer(scriptedService([{ ...busy, retryAfterMs: 500_000 }]).service);
  expect(await clock.run(tooLate(testCall({ lastChance: true, deadline: clock.now() + 1_000 })))).toMatchObject(busy);
});

test("what is extra is paid from the budget, or refused by name; a second pass of failover was paid before", async () => {
  const budget = new TokenBudget({ share: 0.1, windowMs: 60_000, reserveCalls: 1 });
  const { clock, run, sentAt } = setUp({ budget }, [answer]);
  await clock.run(run(testCall()));
  expect((await clock.run(run(testCall({ extra: true })))).type).toBe("answer");
  expect(await clock.run(run(testCall({ extra: true })))).toMatchObject({
    reason: "retry-budget-spent",
    message: "The retry budget of p is spent.",
    provider: "p",
  });
  expect(sentAt).toHaveLength(2);
  const before = budget.available(clock.now(), 1);
  const second = testCall({ lastChance: false, extra: true, earlier: { tries: 3, failure: busy } });
  expect(await clock.run(run(second))).toBe(busy);
  expect(budget.available(clock.now(), 1)).toBe(before);
});

test("what was never sent is no traffic: a refusal of our own adds nothing to the budget", async () => {
  const open = failure("rejected", "breaker-open", "open");
  const budget = new TokenBudget({ share: 0.1, windowMs: 60_000, reserveCalls: 0 });
  const refused = setUp({ budget }, [open]);
  for (let call = 0; call < 100; call++) await refused.run(testCall());
  expect(budget.available(0, 1)).toBe(0);
  const sent = setUp({ budget }, [answer]);
  for (let call = 0; call < 100; call++) await sent.run(testCall());
  expect(budget.available(0, 1)).toBeGreaterThan(0);
});

test("a rest may overdraw the budget by as much again, a restart may not", async () => {
  const budget = new TokenBudget({ share: 0, windowMs: 60_000, reserveCalls: 1 });
  const { run } = setUp({ budget }, [answer]);
  const rest = testCall({ extra: true, request: { continuation: { restart: false } } });
  expect(await run(rest)).toMatchObject({ type: "answer" });
  expect(await run(testCall({ extra: true }))).toMatchObject({ reason: "retry-budget-spent" });
  expect(await run(rest)).toMatchObject({ type: "answer" });
  expect(await run(rest)).toMatchObject({ reason: "retry-budget-spent", retryAfterMs: 1_000 });
});
