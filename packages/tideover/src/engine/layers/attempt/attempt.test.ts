import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import {
  drain,
  type ScriptedAttempt,
  scriptedAdapter,
  scriptedStream,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../testing/index.ts";
import type { Adapter } from "../../adapter.ts";
import { type AnswerEvent, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { type AttemptOptions, attempt } from "./attempt.ts";
import { PREAMBLE_LIMIT } from "./defaults.ts";

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
  expect(call.trace.attempts).toEqual([{ provider: "p", outcome: "answered", ms: 500, totalMs: 500 }]);
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
    { provider: "p", outcome: "overloaded", reason: "first-token-timeout", ms: 20_000, totalMs: 20_000 },
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

test("a finished answer is whole though times are rounded, and the two seconds look a hair short", async () => {
  const finishedAt = Array.from({ length: 1_000 }, (_, index) => index / 10).find((at) => at + 2_000 - at < 2_000) ?? 0;
  const steps = [{ afterMs: finishedAt, give: [textEvent("Hi", "stop")] }];
  const { clock, outcome } = setUp({ steps }, { gapMs: 300 });
  const { ending } = await clock.run(drain(answered(await outcome()).stream));
  expect(clock.now() - finishedAt).toBeGreaterThanOrEqual(2_000);
  expect(ending).toEqual(WHOLE);
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

test("each step is told, with the attempt's own record", async () => {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const { adapter } = scriptedAdapter(clock, [{ steps: [{ afterMs: 70, give: [textEvent("Hi")] }, { give: WHOLE }] }]);
  const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => events.push(event) };
  const origin = { rung: "live", provider: "p", degraded: false } as const;
  const timers = { connectMs: 5_000, firstTokenMs: () => 20_000, gapMs: 45_000, totalMs: 1_800_000 };
  const outcome = await clock.run(
    attempt(adapter, { provider: "p", account: "p#2", origin, ...timers }, environment)(testCall()),
  );
  await clock.run(drain(answered(outcome).stream));
  const record = { provider: "p", outcome: "answered", ms: 70, totalMs: 70 };
  expect(events).toEqual([
    expect.objectContaining({ type: "attempt-started", provider: "p", account: "p#2" }),
    expect.objectContaining({ type: "attempt-committed", record }),
    expect.objectContaining({ type: "attempt-ended", record }),
  ]);
});

test("how long it took is measured from the sending, and until then it is running", async () => {
  const { clock, service, call } = setUp({
    steps: [{ afterMs: 800, give: [textEvent("Hi", "stop")] }, { give: WHOLE }],
  });
  await clock.advance(50_000);
  const running = service({ ...call, startedAt: 50_000 });
  expect(call.trace.attempts).toEqual([{ provider: "p", outcome: "running", ms: 0 }]);
  await clock.run(drain(answered(await clock.run(running)).stream));
  expect(call.trace.attempts).toMatchObject([{ outcome: "answered", ms: 800 }]);
});

test("a call that is over already sends nothing", async () => {
  const { service, call, sentAt } = setUp({ steps: [] });
  const gone = new AbortController();
  gone.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await service({ ...call, signal: gone.signal })).toMatchObject({ reason: "caller-gone" });
  expect([sentAt, call.trace.attempts]).toEqual([[], []]);
});

test("nothing listens to the caller's signal once the answer has begun", async () => {
  const { clock, service, call } = setUp({ steps: [{ give: [textEvent("Hi")] }] });
  const abort = new AbortController();
  const answer = answered(await clock.run(service({ ...call, signal: abort.signal })));
  expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await answer.stream.read()).toMatchObject({ type: "batch" });
});

test("an answer whose head comes when nobody wants it any more is given up", async () => {
  const clock = new VirtualClock();
  const stream = scriptedStream(clock, [{ give: [textEvent("late")] }]);
  const deaf: Adapter = async () => {
    await sleep(clock, 30_000, new AbortController().signal);
    return { type: "raw-answer", model: "m", stream };
  };
  const origin = { rung: "live", provider: "p", degraded: false } as const;
  const timers = { connectMs: 50_000, firstTokenMs: () => 20_000, gapMs: 45_000, totalMs: 1_800_000 };
  const service = attempt(deaf, { provider: "p", account: "p", origin, ...timers }, { clock, random: seededRandom(1) });
  expect(await clock.run(service(testCall()))).toMatchObject({
    kind: "overloaded",
    reason: "first-token-timeout",
    message: "p: No content within 20000 ms.",
  });
  expect(stream.cancelled).toMatchObject({ reason: "first-token-timeout" });
});

test("a first-token limit below that of the connection is the one that counts", async () => {
  const { clock, outcome } = setUp({ connectMs: undefined }, { firstTokenMs: () => 300 });
  expect(await outcome()).toMatchObject({ reason: "first-token-timeout" });
  expect(clock.now()).toBe(300);
  const slow = setUp({ connectMs: undefined });
  expect(await slow.outcome()).toMatchObject({ message: "p: No connection within 5000 ms." });
});

test("a provider that sends thousands of events without content is taken to be broken", async () => {
  const flood = Array.from({ length: PREAMBLE_LIMIT + 1 }, () => role);
  const { clock, outcome } = setUp({ steps: [{ give: flood }, { give: [textEvent("Hi")] }] });
  expect(await outcome()).toMatchObject({
    kind: "fault",
    reason: "no-content",
    message: `p sent ${PREAMBLE_LIMIT + 1} events without content.`,
  });
  expect(clock.pendingTimers).toBe(0);
  const most = setUp({ steps: [{ give: flood.slice(1) }, { give: [textEvent("Hi", "stop")] }] });
  expect((await most.outcome()).type).toBe("answer");
});

test("a filtered answer begins at once, whatever came before its verdict", async () => {
  const { clock, outcome } = setUp({
    steps: [{ give: [role] }, { give: [textEvent("", "content_filter")] }, { afterMs: 500, give: WHOLE }],
  });
  const answer = answered(await outcome());
  expect(clock.now()).toBe(0);
  expect(await answer.stream.read()).toMatchObject({ type: "batch", events: { length: 2 } });
});

test("the origin says which model was asked, and how the rest of an answer was asked for where it was", async () => {
  const origins = [];
  for (const continuation of [undefined, "beta-prefix"]) {
    const clock = new VirtualClock();
    const stream = scriptedStream(clock, [{ give: [textEvent("Hi")] }]);
    const raw = {
      type: "raw-answer",
      model: "m-1",
      stream,
      ...(continuation === undefined ? {} : { continuation }),
    } as const;
    const origin = { rung: "live", provider: "p", degraded: false } as const;
    const timers = { connectMs: 5_000, firstTokenMs: () => 20_000, gapMs: 45_000, totalMs: 1_800_000 };
    const options = { provider: "p", account: "p", origin, ...timers };
    const service = attempt(() => Promise.resolve(raw), options, { clock, random: seededRandom(1) });
    origins.push(answered(await clock.run(service(testCall()))).origin);
  }
  const origin = { rung: "live", provider: "p", degraded: false, model: "m-1" };
  expect(origins).toEqual([origin, { ...origin, continuation: "beta-prefix" }]);
});

test("what was done on purpose is marked in the record", async () => {
  const clock = new VirtualClock();
  const adapter: Adapter = (_call, scope) => {
    scope.injected?.("overloaded");
    return Promise.resolve(failure("overloaded", "chaos-overloaded", "on purpose"));
  };
  const origin = { rung: "live", provider: "p", degraded: false } as const;
  const timers = { connectMs: 5_000, firstTokenMs: () => 20_000, gapMs: 45_000, totalMs: 1_800_000 };
  const call = testCall();
  await attempt(adapter, { provider: "p", account: "p", origin, ...timers }, { clock, random: seededRandom(1) })(call);
  expect(call.trace.attempts).toEqual([
    { provider: "p", outcome: "overloaded", reason: "chaos-overloaded", ms: 0, totalMs: 0, chaos: "overloaded" },
  ]);
});

test("the end of a stream's time is the caller's affair where a deadline ends it", async () => {
  const { clock, outcome, call } = setUp({ steps: [{ give: [textEvent("Hi")] }] });
  const answer = answered(await outcome());
  answer.stream.cancel(failure("deadline", "deadline", "late"));
  answer.stream.cancel(failure("fault", "again", "again"));
  expect(await answer.stream.read()).toMatchObject({ failure: { kind: "deadline", committed: true } });
  expect(call.trace.attempts[0]?.outcome).toBe("deadline");
  expect(clock.pendingTimers).toBe(0);
});

test("white space is counted wherever the protocol has it, and only where an event is nothing else", async () => {
  const spaces = " ".repeat(2_000);
  const nested: AnswerEvent = {
    ...textEvent(" "),
    json: { id: "chunk-1", n: 3, choices: [{ delta: { content: spaces, reasoning_content: spaces } }] },
  };
  const { outcome } = setUp({ steps: [{ give: [nested] }, { give: [textEvent(" ".repeat(200))] }, { give: WHOLE }] });
  expect((await outcome()).type).toBe("answer");
  const silent: AnswerEvent = { ...textEvent(""), json: { choices: [{ delta: { content: " ".repeat(5_000) } }] } };
  expect(await setUp({ steps: [{ give: [silent] }] }).outcome()).toMatchObject({ reason: "first-token-timeout" });
});

describe("minRate", () => {
  const every = (ms: number, count: number) =>
    Array.from({ length: count }, () => ({ afterMs: ms, give: [textEvent("x")] }));

  test("is judged once the window is full, and says what was too little", async () => {
    const { clock, outcome } = setUp({ steps: every(5_000, 100) }, { minRate: 1 });
    const { ending } = await clock.run(drain(answered(await outcome()).stream));
    expect(ending.failure).toMatchObject({ message: "p: Fewer than 1 content events per second.", committed: true });
    expect(clock.now()).toBeGreaterThanOrEqual(35_000);
    expect(clock.now()).toBeLessThan(37_000);
  });

  test("is met by exactly so many", async () => {
    const { clock, outcome } = setUp({ steps: [...every(1_000, 120), { give: WHOLE }] }, { minRate: 0.9 });
    expect((await clock.run(drain(answered(await outcome()).stream))).ending).toEqual(WHOLE);
  });

  test("does not count the time in which nobody reads", async () => {
    const { clock, outcome } = setUp({ steps: [...every(500, 40), { give: WHOLE }] }, { minRate: 1 });
    const answer = answered(await outcome());
    for (let read = 0; read < 10; read++) await clock.run(answer.stream.read());
    await clock.advance(120_000);
    const { ending } = await clock.run(drain(answer.stream));
    expect(ending).toEqual(WHOLE);
  });

  test("of an answer that was fast at first and then trickles is noticed within the window", async () => {
    const steps = [...every(100, 600), ...every(10_000, 20)];
    const { clock, outcome } = setUp({ steps }, { minRate: 1 });
    const { ending } = await clock.run(drain(answered(await outcome()).stream));
    expect(ending.failure).toMatchObject({ reason: "trickle" });
    expect(clock.now()).toBeLessThan(60_000 + 40_000);
  });
});

test("the total is told as such, counts from the call's start, and runs while nobody reads", async () => {
  const { clock, service, call } = setUp({ steps: [{ give: [textEvent("a")] }] }, { totalMs: 100_000 });
  await clock.advance(40_000);
  const answer = answered(await clock.run(service({ ...call, startedAt: 10_000 })));
  await answer.stream.read();
  await clock.advance(69_999);
  expect(call.trace.attempts[0]?.outcome).toBe("running");
  await clock.advance(1);
  expect(call.trace.attempts[0]?.outcome).toBe("cut");
  expect(await answer.stream.read()).toMatchObject({
    type: "ending",
    failure: { reason: "total-timeout", message: "p: The answer took longer than 100000 ms.", committed: true },
  });
});

test("a finished answer that says more within two seconds is heard out, and its connection is let go after that", async () => {
  const clock = new VirtualClock();
  const usage = { ...textEvent(""), usage: { promptTokens: 1, completionTokens: 1 } };
  const stream = scriptedStream(clock, [
    { give: [textEvent("a")] },
    { afterMs: 30_000, give: [textEvent("b", "stop")] },
    { afterMs: 1_500, give: [usage] },
  ]);
  const origin = { rung: "live", provider: "p", degraded: false } as const;
  const timers = { connectMs: 5_000, firstTokenMs: () => 20_000, gapMs: 45_000, totalMs: 1_800_000 };
  const options = { provider: "p", account: "p", origin, ...timers };
  const raw = { type: "raw-answer", model: "m", stream } as const;
  const service = attempt(() => Promise.resolve(raw), options, { clock, random: seededRandom(1) });
  const answer = answered(await clock.run(service(testCall())));
  expect(await clock.run(drain(answer.stream))).toEqual({ text: "ab", ending: WHOLE });
  expect(clock.now()).toBeLessThanOrEqual(33_500);
  expect(stream.cancelled).toMatchObject({
    kind: "cancelled",
    reason: "finished",
    message: "The answer was complete.",
  });
});
