import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { drain, scriptedAdapter, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import type { Adapter } from "../../adapter.ts";
import { WHOLE } from "../../answer-stream.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { attempt } from "./attempt.ts";
import { answered, setUp } from "./testing/attempt-harness.ts";

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
