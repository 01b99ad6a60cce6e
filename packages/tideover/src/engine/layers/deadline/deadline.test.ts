import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { deadline } from "./deadline.ts";

const later =
  (clock: VirtualClock, ms: number, outcome: Outcome): Service =>
  () =>
    new Promise((resolve) => clock.schedule(ms, () => resolve(outcome)));

function answerOn(clock: VirtualClock) {
  const stream = scriptedStream(clock, [{ give: [textEvent("late")] }]);
  const answer: Answer = { type: "answer", origin: { rung: "live", degraded: false }, stream };
  return { answer, stream };
}

test("an answer in time passes through, and nothing is left behind", async () => {
  const clock = new VirtualClock();
  const { answer } = answerOn(clock);
  const abort = new AbortController();
  const outcome = deadline(clock)(later(clock, 100, answer))(testCall({ deadline: 200, signal: abort.signal }));
  expect(await clock.run(outcome)).toBe(answer);
  expect(clock.pendingTimers).toBe(0);
  abort.abort();
  expect((await clock.run(answer.stream.read())).type).toBe("batch");
});

test("at the deadline the caller gets its failure, even from a service that ignores its signal", async () => {
  const clock = new VirtualClock();
  const { answer, stream } = answerOn(clock);
  const outcome = await clock.run(deadline(clock)(later(clock, 500, answer))(testCall({ deadline: 200 })));
  expect(outcome).toMatchObject({ kind: "deadline" });
  expect(clock.now()).toBe(200);
  await clock.advance(300);
  expect(stream.cancelled).toMatchObject({ kind: "deadline" });
});

test("the signal below aborts at the deadline with its reason", async () => {
  const clock = new VirtualClock();
  let reason: unknown;
  const service: Service = (call) =>
    new Promise((resolve) => {
      call.signal.addEventListener("abort", () => {
        reason = call.signal.reason;
        resolve(failure("fault", "aborted", "aborted"));
      });
    });
  expect(await clock.run(deadline(clock)(service)(testCall({ deadline: 50 })))).toMatchObject({ kind: "deadline" });
  expect(reason).toMatchObject({ kind: "deadline" });
});

test("a caller who goes away ends it at once", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const { answer, stream } = answerOn(clock);
  const outcome = deadline(clock)(later(clock, 500, answer))(testCall({ deadline: 1_000, signal: abort.signal }));
  await clock.advance(10);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await outcome).toMatchObject({ kind: "cancelled" });
  expect(clock.now()).toBe(10);
  await clock.advance(500);
  expect(stream.cancelled).toMatchObject({ kind: "cancelled" });
  expect(clock.pendingTimers).toBe(0);
});

test("a call that comes too late or is already cancelled is not begun", async () => {
  const clock = new VirtualClock();
  let begun = 0;
  const service = deadline(clock)(() => {
    begun++;
    return Promise.resolve(failure("fault", "x", "x"));
  });
  expect(await service(testCall({ deadline: 0 }))).toMatchObject({ kind: "deadline" });
  expect(await service(testCall({ signal: AbortSignal.abort() }))).toMatchObject({ kind: "cancelled" });
  expect(begun).toBe(0);
});

test("the time that is left counts from now, and its end is told in words", async () => {
  const clock = new VirtualClock();
  await clock.advance(10_000);
  const never: Service = () => new Promise(() => {});
  const outcome = await clock.run(deadline(clock)(never)(testCall({ startedAt: 9_000, deadline: 10_250 })));
  expect(outcome).toMatchObject({
    kind: "deadline",
    reason: "deadline",
    message: "The deadline passed before an answer came.",
  });
  expect(clock.now()).toBe(10_250);
});

test("nothing listens to the caller's signal any more, whoever was first", async () => {
  const clock = new VirtualClock();
  const { answer } = answerOn(clock);
  const abort = new AbortController();
  const listeners = () => getEventListeners(abort.signal, "abort").length;
  await clock.run(deadline(clock)(later(clock, 10, answer))(testCall({ deadline: 200, signal: abort.signal })));
  expect(listeners()).toBe(0);
  await clock.run(deadline(clock)(later(clock, 900, answer))(testCall({ deadline: 200, signal: abort.signal })));
  expect(listeners()).toBe(0);
});

test("a service that breaks its word and rejects leaves nothing behind", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const broken: Service = () => Promise.reject(new Error("a defect"));
  const outcome = deadline(clock)(broken)(testCall({ deadline: 200, signal: abort.signal }));
  await expect(outcome).rejects.toThrow("a defect");
  expect(clock.pendingTimers).toBe(0);
  expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
});
