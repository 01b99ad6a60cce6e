import { expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker } from "./breaker.ts";
import { circuitBreaker } from "./circuit-breaker.ts";

const fault = failure("fault", "http-500", "500");
const blank = failure("fault", "blank-answer", "blank");
const cut: Ending = { type: "ending", failure: failure("fault", "cut", "cut", { committed: true }) };
const answer = (ending: Ending = WHOLE): Answer => ({
  type: "answer",
  origin: { rung: "live", degraded: false },
  stream: streamOf([textEvent("x")], ending),
});

function setUp(outcomes: readonly Outcome[], options: Partial<BreakerOptions> = {}) {
  const clock = new VirtualClock();
  const breaker = new CircuitBreaker({ ...BREAKER_DEFAULTS, ...options }, clock, () => {});
  const { service, calls } = scriptedService(outcomes);
  const guarded = circuitBreaker({
    provider: "p",
    breakerFor: () => breaker,
    counts: options.counts ?? BREAKER_DEFAULTS.counts,
  })(service);
  return { clock, breaker, calls, guarded };
}

const asking = (text: string) =>
  testCall({ request: { body: { model: "m", messages: [{ role: "user", content: text }] } } });

test("while open the provider gets no traffic, then probes only, and recovers", async () => {
  const { clock, breaker, calls, guarded } = setUp([fault, fault, fault, fault, fault, answer()], { openMs: 30_000 });
  for (let i = 0; i < 5; i++) await guarded(testCall());
  for (let second = 0; second < 30; second++) {
    expect(await guarded(testCall())).toMatchObject({ kind: "rejected", reason: "breaker-open", provider: "p" });
    await clock.advance(1_000);
  }
  expect(calls).toHaveLength(5);
  const probes = await Promise.all(Array.from({ length: 10 }, () => guarded(testCall())));
  expect(probes.filter((outcome) => outcome.type === "answer")).toHaveLength(3);
  expect(calls).toHaveLength(8);
  expect(breaker.state).toBe("closed");
});

test.each(["caller", "incompatible", "credential", "rejected", "cancelled", "deadline"] as const)(
  "%s failures do not open it",
  async (kind) => {
    const { breaker, guarded } = setUp([failure(kind, "x", "x")], { consecutive: 1 });
    for (let i = 0; i < 20; i++) await guarded(testCall());
    expect(breaker.state).toBe("closed");
    expect(breaker.inFlight).toBe(0);
  },
);

test("answers that break after their first token open it by their share", async () => {
  const { breaker, guarded } = setUp(Array.from({ length: 5 }, () => answer(cut)));
  for (let i = 0; i < 5; i++) {
    const outcome = (await guarded(testCall())) as Answer;
    await drain(outcome.stream);
  }
  expect(breaker.state).toBe("open");
});

test("the same prompt answered blank for ever does not open it, three different ones do", async () => {
  const same = setUp([blank], { consecutive: 1 });
  for (let i = 0; i < 20; i++) await same.guarded(asking("same"));
  expect(same.breaker.state).toBe("closed");
  const different = setUp([blank], { consecutive: 1 });
  for (const text of ["a", "b"]) await different.guarded(asking(text));
  expect(different.breaker.state).toBe("closed");
  await different.guarded(asking("c"));
  expect(different.breaker.state).toBe("open");
});

test("it holds its place until the stream ends", async () => {
  const { breaker, guarded } = setUp([answer()]);
  const outcome = (await guarded(testCall())) as Answer;
  expect(breaker.inFlight).toBe(1);
  await drain(outcome.stream);
  expect(breaker.inFlight).toBe(0);
});

test("a provider that is silent until the callers' deadlines counts as overloaded; a hurried caller does not", async () => {
  const silent = setUp([failure("deadline", "silent-until-deadline", "late")]);
  for (let i = 0; i < 5; i++) await silent.guarded(testCall());
  expect(silent.breaker.state).toBe("open");
});

test("a refusal says in words why, and for how long", async () => {
  const { clock, guarded } = setUp([fault, fault, fault, fault, fault, answer()], { openMs: 30_000, probes: 1 });
  for (let i = 0; i < 5; i++) await guarded(testCall());
  await clock.advance(500);
  expect(await guarded(testCall())).toMatchObject({
    message: "p failed repeatedly and is left alone for 30 s.",
    retryAfterMs: 29_500,
  });
  await clock.advance(30_000);
  const held = (await guarded(testCall())) as Answer;
  expect(await guarded(testCall())).toMatchObject({
    reason: "breaker-slow-start",
    message: "p has just recovered and takes few calls at first.",
  });
  await drain(held.stream);
  const probing = setUp([fault, fault, fault, fault, fault, fault], { openMs: 1_000, probes: 1 });
  for (let i = 0; i < 5; i++) await probing.guarded(testCall());
  await probing.clock.advance(1_000);
  expect("why" in probing.breaker.acquire()).toBe(false);
  expect(await probing.guarded(testCall())).toMatchObject({
    reason: "breaker-probing",
    message: "p is being probed after failing repeatedly.",
  });
});

test("an answer between them shows that blank ones were the prompts' doing", async () => {
  const { breaker, guarded } = setUp([blank, blank, answer(), blank, blank, blank], { consecutive: 1 });
  for (const text of ["a", "b", "good", "c", "d"]) await guarded(asking(text));
  expect(breaker.state).toBe("closed");
  await guarded(asking("e"));
  expect(breaker.state).toBe("open");
});

test("after blank answers have counted, it takes three different ones again", async () => {
  const { breaker, guarded } = setUp([blank]);
  for (const text of ["a", "b", "c", "d", "e", "f", "g"]) await guarded(asking(text));
  // They count at c and f only, so a row of two, not of five.
  expect(breaker.state).toBe("closed");
});

test("a ticket is no failure, and a silence counts only when the deadline ended it", async () => {
  const ticket = setUp([{ type: "accepted", jobId: "job-1" }], { consecutive: 1 });
  await ticket.guarded(testCall());
  expect([ticket.breaker.state, ticket.breaker.inFlight]).toEqual(["closed", 0]);
  const odd = setUp([failure("cancelled", "silent-until-deadline", "x")], { consecutive: 1 });
  await odd.guarded(testCall());
  expect(odd.breaker.state).toBe("closed");
});
