import { describe, expect, test } from "vitest";
import { drain, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { attempt } from "./attempt.ts";
import { answered, role, setUp } from "./testing/attempt-harness.ts";

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

test("white space in the middle of an answer is content", async () => {
  const { clock, outcome } = setUp({
    steps: [
      { give: [textEvent("Hello")] },
      { afterMs: 30_000, give: [textEvent("\n")] },
      { afterMs: 30_000, give: [textEvent("world", "stop")] },
      { give: WHOLE },
    ],
  });
  const { text, ending } = await clock.run(drain(answered(await outcome()).stream));
  expect([text, ending]).toEqual(["Hello\nworld", WHOLE]);
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

test("the end of a stream's time is the caller's affair where a deadline ends it", async () => {
  const { clock, outcome, call } = setUp({ steps: [{ give: [textEvent("Hi")] }] });
  const answer = answered(await outcome());
  answer.stream.cancel(failure("deadline", "deadline", "late"));
  answer.stream.cancel(failure("fault", "again", "again"));
  expect(await answer.stream.read()).toMatchObject({ failure: { kind: "deadline", committed: true } });
  expect(call.trace.attempts[0]?.outcome).toBe("deadline");
  expect(clock.pendingTimers).toBe(0);
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
