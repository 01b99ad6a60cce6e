import { expect, test } from "vitest";
import {
  drain,
  type ScriptedAttempt,
  scriptedAdapter,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../testing/index.ts";
import { type AnswerEvent, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { type AttemptOptions, attempt } from "./attempt.ts";

const role: AnswerEvent = { ...textEvent(""), data: '{"choices":[{"delta":{"role":"assistant","content":""}}]}' };

function setUp(script: ScriptedAttempt, options: Partial<AttemptOptions> = {}) {
  const clock = new VirtualClock();
  const { adapter, sentAt } = scriptedAdapter(clock, [script]);
  const service = attempt(
    adapter,
    {
      provider: "p",
      account: "p#1",
      origin: { rung: "live", provider: "p", degraded: false },
      connectMs: 5_000,
      firstTokenMs: () => 20_000,
      gapMs: 45_000,
      totalMs: 1_800_000,
      ...options,
    },
    { clock, random: seededRandom(1) },
  );
  const call: Call = testCall();
  return {
    clock,
    call,
    sentAt,
    outcome: (changes: Partial<Call> = {}) => clock.run(service({ ...call, ...changes })),
    service,
  };
}

function answered(outcome: Outcome): Answer {
  if (outcome.type !== "answer") throw new Error(`no answer: ${JSON.stringify(outcome)}`);
  return outcome;
}

test("the answer begins with its first content event; what came before goes out with it", async () => {
  const { clock, call, outcome } = setUp({
    steps: [
      { afterMs: 100, give: [role] },
      { afterMs: 400, give: [textEvent("Hi")] },
      { give: [textEvent("!", "stop")] },
      { give: WHOLE },
    ],
  });
  const answer = answered(await outcome());
  expect(clock.now()).toBe(500);
  const first = await answer.stream.read();
  expect(first).toMatchObject({ events: [{ data: role.data }, textEvent("Hi")] });
  expect((await clock.run(drain(answer.stream))).text).toBe("!");
  expect(call.trace.attempts).toEqual([{ provider: "p", outcome: "answered", ms: 500 }]);
  expect(clock.pendingTimers).toBe(0);
});

test("an answer that is whole in its first batch leaves no timer, read at once or later", async () => {
  for (const waitMs of [0, 60_000]) {
    const { clock, outcome } = setUp({ steps: [{ give: [textEvent("whole", "stop")] }, { give: WHOLE }] });
    const answer = answered(await outcome());
    await clock.advance(waitMs);
    await clock.run(drain(answer.stream));
    expect(clock.pendingTimers).toBe(0);
  }
});

test("no connection within 5 s is a fault", async () => {
  const { clock, outcome } = setUp({ connectMs: undefined });
  expect(await outcome()).toMatchObject({ kind: "fault", reason: "connect-timeout", provider: "p" });
  expect(clock.now()).toBe(5_000);
});

test.each<[string, ScriptedAttempt]>([
  ["no head at all", { headMs: 60_000 }],
  ["silence after the head", { steps: [] }],
  [
    "role chunks and empty deltas for a minute",
    { steps: Array.from({ length: 60 }, () => ({ afterMs: 1_000, give: [role] })) },
  ],
  [
    "white space for a minute",
    { steps: Array.from({ length: 60 }, () => ({ afterMs: 1_000, give: [textEvent(" ")] })) },
  ],
])("%s does not extend the first-token timer", async (_, script) => {
  const { clock, outcome, call } = setUp(script);
  expect(await outcome()).toMatchObject({ kind: "overloaded", reason: "first-token-timeout", committed: false });
  expect(clock.now()).toBe(20_000);
  expect(clock.pendingTimers).toBe(0);
  expect(call.trace.attempts).toEqual([
    { provider: "p", outcome: "overloaded", reason: "first-token-timeout", ms: 20_000 },
  ]);
});

test("a finish without content is a blank answer, also after white space", async () => {
  for (const steps of [
    [{ give: [textEvent("", "stop")] }, { give: WHOLE }],
    [{ give: [textEvent(" \n", "stop")] }, { give: WHOLE }],
  ]) {
    expect(await setUp({ steps }).outcome()).toMatchObject({ kind: "fault", reason: "blank-answer" });
  }
});

test("a filtered answer is passed on, not failed over", async () => {
  const { outcome } = setUp({ steps: [{ give: [textEvent("", "content_filter")] }, { give: WHOLE }] });
  expect((await outcome()).type).toBe("answer");
});

test("more than 4 KB of white space is content after all", async () => {
  const spaces = (count: number) => Array.from({ length: count }, () => ({ give: [textEvent(" ".repeat(100))] }));
  expect((await setUp({ steps: spaces(41) }).outcome()).type).toBe("answer");
  expect(await setUp({ steps: spaces(40) }).outcome()).toMatchObject({ reason: "first-token-timeout" });
});

test("a stall after the first token ends the answer as broken, 45 s after the last content", async () => {
  const { clock, outcome, call } = setUp({
    steps: [
      { give: [textEvent("Hi")] },
      { afterMs: 10_000, give: [textEvent(" there")] },
      { afterMs: 20_000, give: [role] },
    ],
  });
  const { text, ending } = await clock.run(drain(answered(await outcome()).stream));
  expect(text).toBe("Hi there");
  expect(ending.failure).toMatchObject({ kind: "fault", reason: "stalled", committed: true, provider: "p" });
  expect(ending.failure?.message).toBe("p: No content for 45000 ms.");
  expect(clock.now()).toBe(55_000);
  expect(call.trace.attempts[0]?.outcome).toBe("cut");
  expect(clock.pendingTimers).toBe(0);
});

test("time during which nobody reads is not the provider's silence", async () => {
  const { clock, outcome } = setUp({
    steps: [{ give: [textEvent("a")] }, { afterMs: 30_000, give: [textEvent("b", "stop")] }, { give: WHOLE }],
  });
  const answer = answered(await outcome());
  await answer.stream.read();
  await clock.advance(300_000);
  expect(await clock.run(drain(answer.stream))).toEqual({ text: "b", ending: WHOLE });
});

test("a stall after a pause is still noticed", async () => {
  const { clock, outcome } = setUp({ steps: [{ give: [textEvent("a")] }] });
  const answer = answered(await outcome());
  await answer.stream.read();
  await clock.advance(300_000);
  const { ending } = await clock.run(drain(answer.stream));
  expect(ending.failure).toMatchObject({ reason: "stalled" });
  expect(clock.now()).toBe(345_000);
});

test("the total bounds a stream's life, read or not", async () => {
  const steps = Array.from({ length: 100 }, () => ({ afterMs: 1_000, give: [textEvent("x")] }));
  const read = setUp({ steps }, { totalMs: 30_000 });
  const { ending } = await read.clock.run(drain(answered(await read.outcome()).stream));
  expect(ending.failure).toMatchObject({ reason: "total-timeout" });
  expect(read.clock.now()).toBe(30_000);

  const unread = setUp({ steps }, { totalMs: 30_000 });
  await unread.outcome();
  await unread.clock.advance(31_000);
  expect(unread.call.trace.attempts[0]?.outcome).toBe("cut");
  expect(unread.clock.pendingTimers).toBe(0);
});

test("a finished answer whose connection stays open is whole after two seconds", async () => {
  const { clock, outcome } = setUp({ steps: [{ give: [textEvent("done", "stop")] }] });
  expect(await clock.run(drain(answered(await outcome()).stream))).toEqual({ text: "done", ending: WHOLE });
  expect(clock.now()).toBe(2_000);
});

test("a trickle below minRate is cut, a steady stream is not", async () => {
  const drip = (everyMs: number) => Array.from({ length: 200 }, () => ({ afterMs: everyMs, give: [textEvent("x")] }));
  const slow = setUp({ steps: drip(5_000) }, { minRate: 1 });
  const cut = await slow.clock.run(drain(answered(await slow.outcome()).stream));
  expect(cut.ending.failure).toMatchObject({ reason: "trickle" });
  const steady = setUp({ steps: [...drip(400), { give: WHOLE }] }, { minRate: 1 });
  expect((await steady.clock.run(drain(answered(await steady.outcome()).stream))).ending).toEqual(WHOLE);
});

test("a caller who leaves before the first token ends the attempt at once", async () => {
  const { clock, service, call } = setUp({ steps: [] });
  const abort = new AbortController();
  const outcome = service({ ...call, signal: abort.signal });
  await clock.advance(100);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await outcome).toMatchObject({ kind: "cancelled" });
  expect(clock.now()).toBe(100);
  expect(clock.pendingTimers).toBe(0);
  expect(call.trace.attempts[0]?.outcome).toBe("cancelled");
});

test("a caller who leaves mid-stream ends it, without blame", async () => {
  const { clock, outcome, call } = setUp({ steps: [{ give: [textEvent("Hi")] }] });
  const answer = answered(await outcome());
  await answer.stream.read();
  const pending = answer.stream.read();
  answer.stream.cancel(failure("cancelled", "caller-gone", "gone"));
  expect(await pending).toMatchObject({ failure: { kind: "cancelled" } });
  expect(call.trace.attempts[0]?.outcome).toBe("cancelled");
  expect(clock.pendingTimers).toBe(0);
});

test("a provider's failure is passed up with its name", async () => {
  const { outcome } = setUp({ failure: failure("overloaded", "http-503", "busy") });
  expect(await outcome()).toMatchObject({ reason: "http-503", provider: "p" });
});

test.each([
  [12_000, "silent-until-deadline"],
  [200, "deadline"],
])("a deadline after %i ms of silence has the reason %s", async (ms, reason) => {
  const { clock, service, call } = setUp({ steps: [] });
  const abort = new AbortController();
  const outcome = service({ ...call, signal: abort.signal });
  await clock.advance(ms);
  abort.abort(failure("deadline", "deadline", "late"));
  expect(await outcome).toMatchObject({ kind: "deadline", reason });
});
