import { expect, test } from "vitest";
import { scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import { MOST_LOG_EVENTS, MOST_LOG_LENGTH } from "./defaults.ts";
import { Flight, type Member } from "./flight.ts";

const gone = failure("cancelled", "caller-gone", "gone");
const event = (length: number): AnswerEvent => ({ ...textEvent("e"), data: "e".repeat(length) });
/** Reads what `event` makes. */
const form = { read: (text: string) => event(text.length) };
/** Three of these are just a full log. */
const third = event(Math.floor(MOST_LOG_LENGTH / 3));

/** A flight over an answer that gives these batches, one a second. */
function stage(batches: readonly (readonly AnswerEvent[])[], outcome?: Outcome, read: AnswerForm["read"] = form.read) {
  const clock = new VirtualClock();
  const stream = scriptedStream(clock, [...batches.map((give) => ({ afterMs: 1_000, give })), { give: WHOLE }]);
  const closed = { times: 0 };
  const given: Outcome = outcome ?? {
    type: "answer",
    origin: { rung: "live", provider: "a", model: "m", degraded: false },
    stream,
  };
  const flight = new Flight(
    testCall(),
    async () => given,
    { read },
    () => {
      closed.times++;
    },
  );
  const next = (member: Member) => clock.run(Promise.resolve(flight.take(member) ?? flight.wait(member)));
  const count = async (member: Member) => {
    const read = await next(member);
    return read.type === "batch" ? read.events.length : read;
  };
  return { clock, stream, flight, closed, next, count };
}

test("a log that is just full is still open to those who come late", async () => {
  const { flight, closed, count } = stage([[third], [third], [third], [event(1)]]);
  const first = flight.join(testCall());
  await flight.outcome;
  for (let read = 0; read < 3; read++) expect(await count(first)).toBe(1);
  expect(closed.times).toBe(0);
  expect(await count(flight.join(testCall()))).toBe(3);
});

test("beyond that nobody can join, what all have read is forgotten, and nobody loses anything", async () => {
  const { flight, closed, count } = stage([[third], [third], [third], [third], [third]]);
  const first = flight.join(testCall());
  const second = flight.join(testCall());
  await flight.outcome;
  for (let read = 0; read < 4; read++) expect([await count(first), await count(second)]).toEqual([1, 1]);
  expect(closed.times).toBe(1);
  expect([await count(first), await count(second)]).toEqual([1, 1]);
  expect([await count(first), await count(second)]).toEqual([WHOLE, WHOLE]);
});

test("who is a whole log behind is sent away, flagged, and holds up nobody", async () => {
  const { flight, count } = stage([[third], [third], [third], [third], [third]]);
  const quick = flight.join(testCall());
  const slow = flight.join(testCall());
  await flight.outcome;
  for (let read = 0; read < 5; read++) expect(await count(quick)).toBe(1);
  expect(await count(slow)).toMatchObject({
    type: "ending",
    failure: { type: "failure", kind: "fault", reason: "fell-behind", committed: true },
  });
  expect(await count(quick)).toEqual(WHOLE);
});

test("a log is full by its number of events too", async () => {
  const { flight, closed, count } = stage([Array.from({ length: MOST_LOG_EVENTS }, () => event(1)), [event(1)]]);
  const quick = flight.join(testCall());
  const slow = flight.join(testCall());
  await flight.outcome;
  expect(await count(quick)).toBe(MOST_LOG_EVENTS);
  expect(closed.times).toBe(0);
  expect(await count(quick)).toBe(1);
  expect(closed.times).toBe(1);
  expect(await count(slow)).toMatchObject({ failure: { reason: "fell-behind" } });
});

test("an event that came as a frame counts with the frame's bytes", async () => {
  const framed: AnswerEvent = { ...event(1), frame: new Uint8Array(MOST_LOG_LENGTH + 1) };
  const { flight, closed, count } = stage([[framed]]);
  const member = flight.join(testCall());
  await flight.outcome;
  await count(member);
  expect(closed.times).toBe(1);
});

test("when the last one leaves, the answer is given up and nobody can join; who waits is told", async () => {
  const { clock, stream, flight, closed } = stage([[event(1)]]);
  const one = flight.join(testCall());
  const other = flight.join(testCall());
  await flight.outcome;
  const waiting = flight.wait(one);
  flight.leave(one, gone);
  expect(await waiting).toEqual({ type: "ending", failure: gone });
  expect([closed.times, stream.cancelled]).toEqual([0, undefined]);
  flight.leave(other, gone);
  flight.leave(other, gone);
  expect([closed.times, stream.cancelled]).toEqual([1, gone]);
  expect(flight.take(other)).toEqual({ type: "ending", failure: gone });
  await clock.advance(10_000);
  expect(clock.pendingTimers).toBe(0);
});

test("an answer that comes after everybody has left is given up", async () => {
  const { stream, flight } = stage([[event(1)]]);
  flight.leave(flight.join(testCall()), gone);
  await flight.outcome;
  expect(stream.cancelled).toEqual(gone);
});

test("one who has read to the end is no member any more", async () => {
  const { stream, flight, closed, count } = stage([[event(1)]]);
  const reader = flight.join(testCall());
  await flight.outcome;
  await count(reader);
  expect(await count(reader)).toEqual(WHOLE);
  flight.leave(reader, gone);
  expect([closed.times, stream.cancelled]).toEqual([1, undefined]);
});

test("what is no answer closes the flight at once", async () => {
  const busy = failure("overloaded", "busy", "busy");
  const { flight, closed } = stage([], busy);
  flight.join(testCall());
  expect(await flight.outcome).toEqual(busy);
  expect([closed.times, flight.hasBegun]).toEqual([1, false]);
});

test("the call that is under way lives as long as the most patient of its callers", () => {
  let deadline = () => 0;
  const leader = testCall({ deadline: 1_000 });
  const flight = new Flight(
    leader,
    (call) => {
      deadline = () => call.deadline;
      return new Promise(() => undefined);
    },
    form,
    () => undefined,
  );
  const seen = [deadline()];
  flight.join(leader);
  const patient = flight.join(testCall({ deadline: 5_000 }));
  seen.push(deadline());
  flight.leave(patient, gone);
  seen.push(deadline());
  expect(seen).toEqual([1_000, 5_000, 1_000]);
});

test("who joins late reads the beginning again, and then goes on with the others", async () => {
  const { flight, count } = stage([[event(3)], [event(4), event(5)], [event(6)], [event(7)]]);
  const first = flight.join(testCall());
  await flight.outcome;
  for (const expected of [1, 2]) expect(await count(first)).toBe(expected);
  const late = flight.join(testCall());
  expect(await count(first)).toBe(1);
  const told = flight.take(late);
  expect(told?.type === "batch" && told.events.map(({ data }) => data.length)).toEqual([3, 4, 5, 6]);
  expect([await count(late), await count(first), await count(late), await count(first)]).toEqual([1, 1, WHOLE, WHOLE]);
});

test("a late one to whom the beginning cannot be told is sent away, flagged, and the others go on", async () => {
  const { flight, count } = stage([[event(3)], [event(4)]], undefined, () => undefined);
  const first = flight.join(testCall());
  await flight.outcome;
  await count(first);
  const late = flight.join(testCall());
  expect(await count(late)).toMatchObject({ type: "ending", failure: { reason: "unreadable", committed: true } });
  expect([await count(first), await count(first)]).toEqual([1, WHOLE]);
});
