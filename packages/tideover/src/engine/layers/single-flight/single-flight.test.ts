import { describe, expect, test } from "vitest";
import { drain, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { failure, failureOf } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Outcome } from "../../outcome.ts";
import { newTrace } from "../../provenance.ts";
import type { Service } from "../../service.ts";
import { MOST_LOG_EVENTS } from "./defaults.ts";
import { Flights, singleFlight } from "./single-flight.ts";

const gone = failure("cancelled", "caller-gone", "gone");
const busy = failure("overloaded", "http-503", "busy");

/** A live group that answers after a second, an event a second, and a flight above it. */
function stage(give: (clock: VirtualClock, call: Call) => Outcome | Promise<Outcome> = slowly) {
  const clock = new VirtualClock();
  const flights = new Flights();
  const made: Call[] = [];
  const service: Service = async (call) => {
    made.push(call);
    return give(clock, call);
  };
  const layer = singleFlight(flights, "a", form, { clock, random: seededRandom(1) })(service);
  const callOf = (changes: Parameters<typeof testCall>[0] = {}) =>
    testCall({ flightKey: "key", startedAt: clock.now(), trace: newTrace(), ...changes });
  const ask = async (changes: Parameters<typeof testCall>[0] = {}) => {
    const call = callOf(changes);
    const outcome = await layer(call);
    if (outcome.type !== "answer") return { call, outcome, text: "", ending: undefined };
    return { call, outcome, ...(await drain(outcome.stream)) };
  };
  return { clock, flights, made, layer, ask, callOf };
}

function answerOf(clock: VirtualClock, events: readonly AnswerEvent[], ending: Ending = WHOLE): Outcome {
  const steps = events.map((event) => ({ afterMs: 1_000, give: [event] }));
  const stream = scriptedStream(clock, [...steps, { afterMs: 1_000, give: ending }]);
  return { type: "answer", origin: { rung: "live", provider: "a", degraded: false }, stream };
}

const story = [textEvent("One "), textEvent("two "), textEvent("three", "stop")];
/** Reads the texts of the story again. */
const form = { read: (text: string) => story.find(({ data }) => data === text) };
const slowly = (clock: VirtualClock) => answerOf(clock, story);

test("many who ask at once, and on the way, get one answer from its beginning", async () => {
  const { clock, made, ask, flights } = stage();
  const all = Array.from({ length: 50 }, () => ask());
  await clock.advance(2_500);
  all.push(ask(), ask({ request: { stream: false } }));
  const done = await clock.run(Promise.all(all));
  expect(done.map(({ text, ending }) => [text, ending])).toEqual(done.map(() => ["One two three", WHOLE]));
  expect([made.length, flights.size, clock.pendingTimers]).toEqual([1, 0, 0]);
  expect(done.map(({ call }) => call.trace.cache?.collapsed ?? false)).toEqual(done.map((_, index) => index > 0));
});

test("after the end a new question is asked anew", async () => {
  const { clock, made, ask } = stage();
  await clock.run(ask());
  await clock.run(ask());
  expect(made).toHaveLength(2);
});

test("calls that may not share do not", async () => {
  const { clock, made, ask } = stage();
  await clock.run(Promise.all([ask(), ask({ flightKey: undefined }), ask({ flightKey: "other" })]));
  expect(made).toHaveLength(3);
});

test("the one who asked first may leave, before and after the answer began", async () => {
  for (const at of [0, 2_500]) {
    const { clock, made, layer, callOf, ask } = stage(async (time, call) => {
      await Promise.resolve();
      return call.signal.aborted ? failureOf(call.signal) : slowly(time);
    });
    const abort = new AbortController();
    const first = layer(callOf({ signal: abort.signal }));
    const second = ask();
    if (at === 0) abort.abort(gone);
    const outcome = await clock.run(first);
    if (at > 0 && outcome.type === "answer") {
      void outcome.stream.read();
      await clock.advance(at);
      outcome.stream.cancel(gone);
      expect(await outcome.stream.read()).toEqual({ type: "ending", failure: gone });
    } else expect(outcome).toBe(gone);
    expect(await clock.run(second)).toMatchObject({ text: "One two three", ending: WHOLE });
    expect([made.length, clock.pendingTimers]).toEqual([1, 0]);
  }
});

test("the last to leave ends the answer at the provider, before and after it began", async () => {
  let aborted: unknown;
  const before = stage(
    (_clock, call) =>
      new Promise((resolve) => {
        call.signal.addEventListener("abort", () => {
          aborted = call.signal.reason;
          resolve(failureOf(call.signal));
        });
      }),
  );
  const aborts = [new AbortController(), new AbortController()];
  const outcomes = aborts.map(({ signal }) => before.layer(before.callOf({ signal })));
  aborts[0]?.abort(gone);
  await before.clock.advance(0);
  expect(aborted).toBeUndefined();
  aborts[1]?.abort(gone);
  expect(await before.clock.run(Promise.all(outcomes))).toEqual([gone, gone]);
  expect([aborted, before.flights.size]).toEqual([gone, 0]);

  let stream: ReturnType<typeof scriptedStream> | undefined;
  const after = stage((clock) => {
    stream = scriptedStream(clock, [{ give: [textEvent("One")] }]);
    return { type: "answer", origin: { rung: "live", degraded: false }, stream };
  });
  const [one, other] = await after.clock.run(Promise.all([after.layer(after.callOf()), after.layer(after.callOf())]));
  if (one?.type !== "answer" || other?.type !== "answer") throw new Error("no answer");
  one.stream.cancel(gone);
  expect(stream?.cancelled).toBeUndefined();
  other.stream.cancel(gone);
  expect(stream?.cancelled).toBe(gone);
});

test("everybody left while the answer came: it is given up", async () => {
  let stream: ReturnType<typeof scriptedStream> | undefined;
  const { clock, layer, callOf } = stage(async (time) => {
    await new Promise<void>((resolve) => time.schedule(1_000, resolve));
    stream = scriptedStream(time, []);
    return { type: "answer", origin: { rung: "live", degraded: false }, stream };
  });
  const abort = new AbortController();
  const outcome = layer(callOf({ signal: abort.signal }));
  abort.abort(gone);
  expect(await outcome).toBe(gone);
  await clock.advance(1_000);
  expect(stream?.cancelled).toBe(gone);
});

test("a failure is everybody's, once; who comes after it asks anew", async () => {
  const { clock, made, ask } = stage(async (time) => {
    await new Promise<void>((resolve) => time.schedule(100, resolve));
    return busy;
  });
  const done = await clock.run(Promise.all([ask(), ask(), ask()]));
  expect(done.map(({ outcome }) => outcome)).toEqual([busy, busy, busy]);
  expect(made).toHaveLength(1);
  await clock.run(ask());
  expect(made).toHaveLength(2);
});

test("a break is everybody's; whoever wanted one document has been shown nothing", async () => {
  const cut: Ending = { type: "ending", failure: failure("fault", "cut", "cut", { committed: true }) };
  const { clock, ask } = stage((time) => answerOf(time, [textEvent("One ")], cut));
  const [streamed, whole] = await clock.run(Promise.all([ask(), ask({ request: { stream: false } })]));
  expect([streamed?.text, streamed?.ending]).toEqual(["One ", cut]);
  expect(whole?.outcome).toMatchObject({ type: "failure", reason: "cut", committed: false });
});

test("the flight has time as long as its longest member", async () => {
  const { clock, made, layer, callOf } = stage(() => new Promise(() => {}));
  const [short, long] = [new AbortController(), new AbortController()];
  void layer(callOf({ deadline: 1_000, signal: short.signal }));
  expect(made[0]?.deadline).toBe(1_000);
  void layer(callOf({ deadline: 9_000, signal: long.signal }));
  expect({ ...made[0] }.deadline).toBe(9_000);
  long.abort(gone);
  await clock.advance(0);
  expect(made[0]?.deadline).toBe(1_000);
  short.abort(gone);
});

test("a more urgent call does not wait behind a less urgent one, but joins its answer once that has begun", async () => {
  const { clock, made, ask } = stage(async (time) => {
    await new Promise<void>((resolve) => time.schedule(1_000, resolve));
    return slowly(time);
  });
  const all = [ask({ priority: 5 }), ask({ priority: 1 }), ask({ priority: 2 })];
  expect(made.map(({ priority }) => priority)).toEqual([5, 1]);
  await clock.advance(1_500);
  all.push(ask({ priority: 0 }));
  await clock.run(Promise.all(all));
  expect(made).toHaveLength(2);
});

describe("pace", () => {
  test("a slow reader does not slow down the others, and misses nothing", async () => {
    const { clock, layer, callOf, ask } = stage();
    const slow = await clock.run(layer(callOf()));
    if (slow.type !== "answer") throw new Error("no answer");
    const first = await clock.run(slow.stream.read());
    expect(await clock.run(ask())).toMatchObject({ text: "One two three" });
    const rest = await clock.run(drain(slow.stream));
    expect([first.type === "batch" && first.events.length, rest.text]).toEqual([1, "two three"]);
  });

  test("nothing is read ahead of the quickest", async () => {
    const { clock, layer, callOf } = stage();
    const outcome = await clock.run(layer(callOf()));
    await clock.advance(60_000);
    if (outcome.type !== "answer") throw new Error("no answer");
    expect((await clock.run(outcome.stream.read())).type).toBe("batch");
    expect(clock.now()).toBe(61_000);
  });

  test("who falls behind by more than the whole log is sent away, and nobody joins an answer without its beginning", async () => {
    const batch = Array.from({ length: MOST_LOG_EVENTS / 2 }, () => textEvent("x"));
    const { clock, layer, callOf, made, flights } = stage((time) => ({
      type: "answer",
      origin: { rung: "live", degraded: false },
      stream: scriptedStream(time, [
        ...Array.from({ length: 10 }, () => ({ afterMs: 10, give: batch })),
        { give: WHOLE },
      ]),
    }));
    const [slow, quick] = await clock.run(Promise.all([layer(callOf()), layer(callOf())]));
    if (slow?.type !== "answer" || quick?.type !== "answer") throw new Error("no answer");
    await clock.run(slow.stream.read());
    const { text } = await clock.run(drain(quick.stream));
    expect(text).toHaveLength(5 * MOST_LOG_EVENTS);
    expect(await slow.stream.read()).toMatchObject({ type: "ending", failure: { reason: "fell-behind" } });
    expect(flights.size).toBe(0);
    void layer(callOf());
    expect(made).toHaveLength(2);
  });
});

test("a place where the answer changed hands is in every reader's account", async () => {
  const seam = { at: 3, from: "a", to: "b", mode: "prefix" };
  const { clock, ask } = stage((_time, call) => {
    call.trace.seams.push(seam);
    return { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf(story) };
  });
  const [first, second] = await clock.run(Promise.all([ask(), ask()]));
  expect([first?.call.trace.seams, second?.call.trace.seams]).toEqual([[seam], [seam]]);
});
