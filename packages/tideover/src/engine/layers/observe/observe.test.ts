import { expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { observe } from "./observe.ts";

const cut: Ending = { type: "ending", failure: failure("fault", "cut", "cut", { committed: true }) };
const answer = (ending: Ending): Answer => ({
  type: "answer",
  origin: { rung: "live", degraded: false },
  stream: streamOf([textEvent("x")], ending),
});

async function watch(outcome: Outcome) {
  const events: EngineEvent[] = [];
  const { service } = scriptedService([outcome]);
  const environment = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    emit: (event: EngineEvent) => events.push(event),
  };
  const result = await observe(environment)(service)(testCall());
  return { result, events, types: () => events.map((event) => event.type) };
}

test("an answer ends when its stream does, and how it ended is told", async () => {
  const { result, events, types } = await watch(answer(cut));
  expect(types()).toEqual(["call-started", "call-answered"]);
  if (result.type === "answer") await drain(result.stream);
  expect(types()).toEqual(["call-started", "call-answered", "call-ended"]);
  expect(events.at(-1)).toMatchObject({ ending: cut });
});

test("an answer that is cancelled has ended, once", async () => {
  const { result, types } = await watch(answer(WHOLE));
  if (result.type !== "answer") throw new Error("no answer");
  result.stream.cancel(failure("cancelled", "caller-gone", "gone"));
  await drain(result.stream);
  expect(types().filter((type) => type === "call-ended")).toHaveLength(1);
});

test("a failure has ended when it is told", async () => {
  const failed = failure("rejected", "limit-reached", "full");
  const { events } = await watch(failed);
  expect(events.at(-1)).toMatchObject({ type: "call-ended", ending: { failure: failed } });
});

test("without a listener it is not there at all", () => {
  const { service } = scriptedService([]);
  expect(observe({ clock: new VirtualClock(), random: seededRandom(1) })(service)).toBe(service);
});

test("how long it took is told from the call's start, whatever the clock shows", async () => {
  const clock = new VirtualClock();
  await clock.advance(7_000);
  const events: EngineEvent[] = [];
  const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => events.push(event) };
  const { service } = scriptedService([answer(WHOLE)]);
  const outcome = (await observe(environment)(service)(testCall({ startedAt: 6_000 }))) as Answer;
  await clock.advance(500);
  await drain(outcome.stream);
  expect(events.flatMap((event) => ("ms" in event ? [[event.type, event.ms]] : []))).toEqual([
    ["call-answered", 1_000],
    ["call-ended", 1_500],
  ]);
});

test("a ticket has ended well when it is told", async () => {
  const { events } = await watch({ type: "accepted", jobId: "job-1" });
  expect(events.at(-1)).toMatchObject({ type: "call-ended", ending: WHOLE });
});
