import { expect, test } from "vitest";
import { drain, scriptedService, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type Ending, WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { resume } from "./resume.ts";

const cut: Ending = { type: "ending", failure: failure("fault", "cut", "cut", { committed: true }) };
const unstreamed = () => testCall({ request: { stream: false } });

function answering(clock: VirtualClock, provider: string, text: string, ending: Ending): Answer {
  const stream = scriptedStream(clock, [{ give: [textEvent(text)] }, { afterMs: 1_000, give: ending }]);
  return { type: "answer", origin: { rung: "live", provider, degraded: false }, stream };
}

async function run(outcomes: (clock: VirtualClock) => Outcome[], call = unstreamed()) {
  const clock = new VirtualClock();
  const { service, calls } = scriptedService(outcomes(clock));
  const layer = resume({ continuation: undefined, perRequest: 1, totalMs: 60_000 }, environmentOf(clock));
  const outcome = await clock.run(layer(service)(call));
  return { clock, calls, outcome };
}

const environmentOf = (clock: VirtualClock) => ({ clock, random: seededRandom(1) });

test("an unstreamed answer is there when it is whole", async () => {
  const { outcome, calls, clock } = await run((at) => [answering(at, "a", "whole", WHOLE)]);
  if (outcome.type !== "answer") throw new Error("no answer");
  expect(clock.now()).toBe(1_000);
  expect(await drain(outcome.stream)).toEqual({ text: "whole", ending: WHOLE });
  expect(calls).toHaveLength(1);
});

test("a broken unstreamed answer is asked for once more, elsewhere first and paid from the budget", async () => {
  const { outcome, calls } = await run((at) => [answering(at, "a", "half", cut), answering(at, "b", "whole", WHOLE)]);
  if (outcome.type !== "answer") throw new Error("no answer");
  expect((await drain(outcome.stream)).text).toBe("whole");
  expect(calls[1]).toMatchObject({ avoid: ["a"], extra: true });
});

test("broken twice is interrupted", async () => {
  const { outcome, calls } = await run((at) => [answering(at, "a", "half", cut), answering(at, "b", "half", cut)]);
  expect(outcome).toMatchObject({ type: "failure", code: "stream_interrupted", committed: false });
  expect(calls).toHaveLength(2);
});

test("without budget for the restart it is interrupted", async () => {
  const spent = failure("rejected", "retry-budget-spent", "spent");
  const { outcome } = await run((at) => [answering(at, "a", "half", cut), spent]);
  expect(outcome).toMatchObject({ code: "stream_interrupted", reason: "cut" });
});

test("without continuation a streamed answer passes through, broken ending and all", async () => {
  const { outcome, calls, clock } = await run((at) => [answering(at, "a", "half", cut)], testCall());
  if (outcome.type !== "answer") throw new Error("no answer");
  expect(await clock.run(drain(outcome.stream))).toEqual({ text: "half", ending: cut });
  expect(calls).toHaveLength(1);
});

test("a caller who leaves is not served a restart", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const { service, calls } = scriptedService([answering(clock, "a", "half", cut)]);
  const layer = resume({ continuation: undefined, perRequest: 1, totalMs: 60_000 }, environmentOf(clock));
  const outcome = layer(service)(testCall({ request: { stream: false }, signal: abort.signal }));
  await clock.advance(500);
  abort.abort(failure("cancelled", "caller-gone", "gone"));
  expect(await outcome).toMatchObject({ kind: "cancelled" });
  expect(calls).toHaveLength(1);
  expect(clock.pendingTimers).toBe(0);
});
