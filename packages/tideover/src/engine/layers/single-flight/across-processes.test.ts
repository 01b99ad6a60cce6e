import { describe, expect, test } from "vitest";
import {
  drain,
  MemoryFlightLedger,
  scriptedStream,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../testing/index.ts";
import { type AnswerEvent, type AnswerStream, type Ending, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { FlightLedger } from "../../ports/flight-ledger.ts";
import { newTrace } from "../../provenance.ts";
import type { Service } from "../../service.ts";
import { acrossProcesses, sharedLedger } from "./across-processes.ts";
import { Flights, singleFlight } from "./single-flight.ts";

const gone = failure("cancelled", "caller-gone", "gone");
const form: AnswerForm = {
  read(text) {
    const json = JSON.parse(text) as { choices?: { delta: { content: string }; finish_reason: string | null }[] };
    const [choice] = json.choices ?? [];
    return choice === undefined ? undefined : textEvent(choice.delta.content, choice.finish_reason ?? undefined);
  },
  fold: (events) => events[0] ?? textEvent(""),
  endedAs: () => true,
};
const words = ["One ", "two ", "three ", "four ", "five"];
const story = words.map((word, index) => textEvent(word, index === words.length - 1 ? "stop" : undefined));

/** Two processes with one ledger, each with a provider that gives a word a second. */
function stage({ patience = { firstMs: 20_000, gapMs: 45_000 } } = {}) {
  const clock = new VirtualClock();
  const ledger = new MemoryFlightLedger(clock);
  /** What every provider was asked, by process. */
  const made: { process: string; call: Call }[] = [];
  const control: { give: (call: Call) => Outcome | Promise<Outcome> } = { give: (call) => answer(call) };

  /** As resume does it: the beginning of a begun answer, and then the rest. */
  function answer({ begun }: Call, ending: Ending = WHOLE, from = begun?.events.length ?? 0): Answer {
    const rest = story.slice(from).map((event) => ({ afterMs: 1_000, give: [event] }));
    const before = begun === undefined ? [] : [{ give: begun.events }];
    const stream = scriptedStream(clock, [...before, ...rest, { give: ending }]);
    return {
      type: "answer",
      origin: begun?.origin ?? { rung: "live", provider: "a", model: "m", degraded: false },
      stream,
    };
  }

  /** A process, which can be killed: nothing of it happens any more. */
  function process(name: string) {
    const life = { alive: true };
    const mortal =
      <Arguments extends unknown[], Result>(run: (...args: Arguments) => Promise<Result>) =>
      (...args: Arguments): Promise<Result> =>
        life.alive ? run(...args) : new Promise(() => {});
    const own: FlightLedger = {
      join: mortal((key, ms) => ledger.join(key, ms)),
      append: mortal((key, token, from, entries) => ledger.append(key, token, from, entries)),
      end: mortal((key, token, ending, ms) => ledger.end(key, token, ending, ms)),
      release: mortal((key, token) => ledger.release(key, token)),
      read: mortal((key, from, ms, signal) => ledger.read(key, from, ms, signal)),
    };
    const environment = { clock, random: seededRandom(1) };
    const options = { ...sharedLedger(own, environment), form, patience: () => patience };
    const service: Service = async (call) => {
      made.push({ process: name, call });
      return control.give(call);
    };
    const flights = singleFlight(new Flights(), "a", form, environment);
    const layer = flights(acrossProcesses("a", options, environment)(service));
    const ask = async (changes: Parameters<typeof testCall>[0] = {}) => {
      const call = testCall({ flightKey: "key", startedAt: clock.now(), trace: newTrace(), ...changes });
      const outcome = await layer(call);
      if (outcome.type !== "answer") return { call, outcome, text: "", ending: undefined };
      return { call, outcome, ...(await drain(outcome.stream)) };
    };
    return { ask, layer, kill: () => (life.alive = false), control: own };
  }
  return { clock, ledger, made, control, answer, first: process("first"), second: process("second") };
}

const whole = { text: words.join(""), ending: WHOLE };

test("two processes make one answer, and the account of the follower names who made it", async () => {
  const { clock, made, first, second } = stage();
  const all = [first.ask(), second.ask(), second.ask(), first.ask()];
  await clock.advance(2_500);
  all.push(second.ask());
  const done = await clock.run(Promise.all(all));
  expect(done).toMatchObject(done.map(() => whole));
  expect(made).toHaveLength(1);
  expect(done[1]).toMatchObject({
    outcome: { origin: { rung: "live", provider: "a", model: "m", degraded: false } },
  });
  await clock.advance(10_000);
  expect(clock.pendingTimers).toBe(0);
});

test("who comes just after the end follows the log; later ones begin anew", async () => {
  const { clock, made, first, second } = stage();
  await clock.run(first.ask());
  expect(await clock.run(second.ask())).toMatchObject(whole);
  expect(made).toHaveLength(1);
  await clock.advance(3_000);
  await clock.run(second.ask());
  expect(made).toHaveLength(2);
});

describe("the leader's process dies", () => {
  test.each([0, 500, 1_500, 2_500, 4_500])("after %i ms: the other goes on with what was shown", async (afterMs) => {
    const { clock, made, first, second } = stage();
    void first.ask();
    await clock.advance(1);
    const following = [second.ask(), second.ask()];
    await clock.advance(afterMs);
    first.kill();
    const done = await clock.run(Promise.all(following));
    expect(done).toMatchObject([whole, whole]);
    expect(made.map(({ process }) => process)).toEqual(["first", "second"]);
    const shown = Math.floor((afterMs + 1) / 1_000);
    expect(made[1]?.call.begun?.events.length ?? 0).toBe(shown);
    expect(clock.now()).toBeLessThan(afterMs + 3_000 + 1_200 + 1_000 * (words.length - shown));
  });

  test("between the last word and the end: only the end is missing", async () => {
    const { clock, made, control, first, second } = stage();
    control.give = () => ({
      type: "answer",
      origin: { rung: "live", degraded: false },
      stream: scriptedStream(clock, [{ afterMs: 1_000, give: story }]),
    });
    void first.ask();
    const following = second.ask();
    await clock.advance(1_500);
    first.kill();
    expect(await clock.run(following)).toMatchObject(whole);
    expect(made).toHaveLength(1);
  });

  test("where the rest cannot be had, what was shown ends flagged", async () => {
    const { clock, control, first, second, answer } = stage();
    control.give = (call) => (call.begun === undefined ? answer(call) : failure("fault", "leader-lost", "lost"));
    void first.ask();
    const following = second.ask();
    await clock.advance(2_500);
    first.kill();
    expect(await clock.run(following)).toMatchObject({
      text: "One two ",
      ending: { failure: { reason: "leader-lost", committed: true, code: "stream_interrupted" } },
    });
  });

  test("a third follows the second", async () => {
    const { clock, made, ledger, first, second } = stage();
    void first.ask();
    const following = second.ask();
    await clock.advance(1_500);
    first.kill();
    await clock.advance(4_500);
    expect(await ledger.join("a key", 1_000)).toEqual({ role: "follower" });
    await clock.run(following);
    const read = await ledger.read("a key", 1, 0, new AbortController().signal);
    expect([read?.entries.length, read?.ending]).toEqual([words.length, { type: "whole" }]);
    expect(made).toHaveLength(2);
  });
});

test("the leader's callers leave: the other process goes on at once", async () => {
  const { clock, made, first, second } = stage();
  const abort = new AbortController();
  const leading = await clock.run(first.layer(testCall({ flightKey: "key", signal: abort.signal })));
  if (leading.type !== "answer") throw new Error("no answer");
  await clock.run(leading.stream.read());
  const following = second.ask();
  await clock.advance(200);
  leading.stream.cancel(gone);
  const before = clock.now();
  expect(await clock.run(following)).toMatchObject(whole);
  expect(clock.now() - before).toBeLessThan(1_000 * words.length);
  expect(made[1]?.call.begun?.events).toHaveLength(1);
});

test("a failure is the followers', too, and not made again for them", async () => {
  const { clock, made, control, first, second } = stage();
  control.give = async () => {
    await new Promise<void>((resolve) => clock.schedule(500, resolve));
    return failure("overloaded", "http-503", "busy", { retryAfterMs: 2_000 });
  };
  const done = await clock.run(Promise.all([first.ask(), second.ask()]));
  expect(done.map(({ outcome }) => outcome)).toMatchObject([
    { reason: "http-503", retryAfterMs: 2_000 },
    { reason: "http-503", retryAfterMs: 2_000 },
  ]);
  expect(made).toHaveLength(1);
});

test("an answer that breaks, breaks for the followers", async () => {
  const { clock, control, first, second, answer } = stage();
  const cut = failure("fault", "cut", "cut", { committed: true });
  control.give = (call) => ({
    ...answer(call),
    stream: cutAfter(answer(call).stream, 2, { type: "ending", failure: cut }),
  });
  const done = await clock.run(Promise.all([first.ask(), second.ask()]));
  expect(done[1]).toMatchObject({ text: "One two ", ending: { failure: { reason: "cut", committed: true } } });
});

test("a leader who shows nothing for too long is not waited for", async () => {
  const { clock, made, control, first, second, answer } = stage({ patience: { firstMs: 4_000, gapMs: 4_000 } });
  control.give = (call) => (made.length === 1 ? new Promise(() => {}) : answer(call));
  void first.ask();
  expect(await clock.run(second.ask())).toMatchObject(whole);
  expect(made.map(({ process }) => process)).toEqual(["first", "second"]);
});

test("a follower leaves without a trace", async () => {
  const { clock, first, second } = stage();
  const leading = first.ask();
  const abort = new AbortController();
  const following = second.layer(testCall({ flightKey: "key", signal: abort.signal }));
  await clock.advance(500);
  abort.abort(gone);
  expect(await following).toBe(gone);
  expect(await clock.run(leading)).toMatchObject(whole);
  await clock.advance(10_000);
  expect(clock.pendingTimers).toBe(0);
});

describe("the ledger fails", () => {
  test("in the middle of an answer: leader and follower both come to the end, the follower with a rest of its own", async () => {
    const { clock, made, first, second } = stage();
    const leading = first.ask();
    const following = second.ask();
    await clock.advance(2_500);
    first.kill();
    second.kill();
    expect(await clock.run(leading)).toMatchObject(whole);
    expect(await clock.run(following)).toMatchObject(whole);
    expect(made[1]?.call.begun?.events).toHaveLength(2);
  });
});

/** A stream of which only so many events come, and then this. */
function cutAfter(stream: AnswerStream, count: number, ending: Ending): AnswerStream {
  let left = count;
  const read = async () => {
    if (left <= 0) return ending;
    const next = await stream.read();
    const events: readonly AnswerEvent[] = next.type === "batch" ? next.events : [];
    left -= events.length;
    return next;
  };
  return { read, cancel: (reason) => stream.cancel(reason) };
}
