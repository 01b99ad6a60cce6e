import { describe, expect, test } from "vitest";
import { drain, scriptedService, testCall, VirtualClock } from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { resume } from "./resume.ts";
import { answerFrom, cut, form } from "./testing/resume-harness.ts";

test("a reader who leaves while the rest is asked for ends that, too", async () => {
  const clock = new VirtualClock();
  let asked: AbortSignal | undefined;
  const first = answerFrom(clock, "a", ["One"], cut);
  const layer = resume({ continuation: form, perRequest: 1, totalMs: 60_000 }, { clock, random: seededRandom(1) });
  const service = layer((call) => {
    if (asked === undefined && call.extra !== true) return Promise.resolve(first);
    asked = call.signal;
    return new Promise(() => {});
  });
  const outcome = await service(testCall());
  if (outcome.type !== "answer") throw new Error("no answer");
  const reading = drain(outcome.stream);
  await clock.advance(500);
  expect(asked?.aborted).toBe(false);
  const gone = failure("cancelled", "caller-gone", "gone");
  outcome.stream.cancel(gone);
  expect(await reading).toEqual({ text: "One", ending: { type: "ending", failure: gone } });
  expect(asked?.reason).toBe(gone);
  expect(clock.pendingTimers).toBe(0);
  expect(await outcome.stream.read()).toEqual({ type: "ending", failure: gone });
});

describe("a reader who leaves", () => {
  const gone = failure("cancelled", "caller-gone", "gone");

  test("cancels what is read below, and gets that ending from then on", async () => {
    const clock = new VirtualClock();
    const first = answerFrom(clock, "a", ["One", "two"], WHOLE);
    const layer = resume({ continuation: form, perRequest: 1, totalMs: 60_000 }, { clock, random: seededRandom(1) });
    const outcome = (await layer(scriptedService([first]).service)(testCall())) as Answer;
    await clock.run(outcome.stream.read());
    outcome.stream.cancel(gone);
    outcome.stream.cancel(failure("cancelled", "again", "again"));
    expect(await outcome.stream.read()).toEqual({ type: "ending", failure: gone });
    expect(await first.stream.read()).toEqual({ type: "ending", failure: gone });
  });

  test("while the rest is on its way is given none of it, and it is given up", async () => {
    const clock = new VirtualClock();
    const rest = answerFrom(clock, "b", ["… two"], WHOLE);
    const deaf = async (call: Call): Promise<Outcome> => {
      if (call.extra !== true) return answerFrom(clock, "a", ["One"], cut);
      await sleep(clock, 5_000, new AbortController().signal);
      return rest;
    };
    const layer = resume({ continuation: form, perRequest: 1, totalMs: 60_000 }, { clock, random: seededRandom(1) });
    const { stream } = (await clock.run(layer(deaf)(testCall()))) as Answer;
    await clock.run(stream.read());
    const pending = stream.read();
    await clock.advance(1_000);
    stream.cancel(gone);
    expect(await clock.run(pending)).toEqual({ type: "ending", failure: gone });
    await clock.advance(10_000);
    expect(await rest.stream.read()).toMatchObject({ type: "ending", failure: { kind: "cancelled" } });
  });
});
