import { expect, test } from "vitest";
import { drain, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import type { Adapter } from "../../adapter.ts";
import { type AnswerStream, streamOf } from "../../answer-stream.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { limit } from "../limit/limit.ts";
import { createLimitState } from "../limit/limit-state.ts";
import { attempt } from "./attempt.ts";
import { answered } from "./testing/attempt-harness.ts";

const flaw = new URIError("URI malformed");

/** An adapter behind a limit of one call at once. */
function stage(adapter: Adapter) {
  const clock = new VirtualClock();
  const environment = { clock, random: seededRandom(1) };
  const state = createLimitState({ provider: "p", account: "p#1", model: "m", concurrency: 1 }, environment);
  const firstTokenMs = () => 20_000;
  const asked = attempt(
    adapter,
    {
      ...{ provider: "p", account: "p#1", origin: { rung: "live", provider: "p", degraded: false } },
      ...{ connectMs: 5_000, firstTokenMs, gapMs: 45_000, totalMs: 1_800_000 },
    },
    environment,
  );
  const service = limit({ limitFor: () => state, firstTokenMs, measuresFirstToken: () => true })(asked);
  const call = testCall();
  return { clock, state, call, outcome: () => clock.run(service(call)) };
}

/** A stream that gives some text, if any, and then throws. */
function breaking(text: string): { readonly stream: AnswerStream; readonly cancelled: () => number } {
  const before = streamOf([textEvent(text)]);
  let reads = 0;
  let cancelled = 0;
  const stream: AnswerStream = {
    read: () => (text !== "" && reads++ === 0 ? before.read() : Promise.reject(flaw)),
    cancel: () => cancelled++,
  };
  return { stream, cancelled: () => cancelled };
}

test.each<[string, Adapter]>([
  ["an adapter that rejects", () => Promise.reject(flaw)],
  [
    "an adapter that throws",
    () => {
      throw flaw;
    },
  ],
  ["a stream that throws before any content", async () => ({ type: "raw-answer", model: "m", ...breaking("") })],
])("%s is a fault, and holds nothing", async (_what, adapter) => {
  const { clock, state, call, outcome } = stage(adapter);
  expect(await outcome()).toMatchObject({
    ...{ type: "failure", kind: "fault", reason: "adapter-threw", provider: "p", committed: false },
    message: "p: The adapter threw URIError: URI malformed",
  });
  expect(call.trace.attempts).toMatchObject([{ provider: "p", outcome: "fault", reason: "adapter-threw" }]);
  expect([state.snapshot().inFlight, clock.pendingTimers]).toEqual([0, 0]);
});

test("a stream that throws in the middle of an answer is cut there, and holds nothing", async () => {
  const broken = breaking("Ebb");
  const { clock, state, call, outcome } = stage(async () => ({ type: "raw-answer", model: "m", ...broken }));
  const { stream } = answered(await outcome());
  expect(state.snapshot().inFlight).toBe(1);
  const { text, ending } = await clock.run(drain(stream));
  expect([text, ending.failure]).toMatchObject(["Ebb", { reason: "adapter-threw", committed: true }]);
  expect(call.trace.attempts).toMatchObject([{ outcome: "cut" }]);
  expect([state.snapshot().inFlight, broken.cancelled(), clock.pendingTimers]).toEqual([0, 1, 0]);
});
