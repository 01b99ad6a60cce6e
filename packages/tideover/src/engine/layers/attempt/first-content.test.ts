import { expect, test } from "vitest";
import { drain, type ScriptedAttempt, testCall, textEvent } from "../../../testing/index.ts";
import { type AnswerEvent, WHOLE } from "../../answer-stream.ts";
import { BLANK_LIMIT, MOST_BLANK_LENGTH, PREAMBLE_LIMIT } from "./defaults.ts";
import { answered, role, setUp } from "./testing/attempt-harness.ts";

test("the answer begins with its first content event; what came before goes out with it", async () => {
  const { clock, call, outcome } = setUp({
    steps: [
      { afterMs: 100, give: [role] },
      { afterMs: 400, give: [textEvent("Hi")] },
      { give: [textEvent("!", "stop")] },
      { give: WHOLE },
    ],
  });
  const answer = answered(await outcome());
  expect(clock.now()).toBe(500);
  const first = await answer.stream.read();
  expect(first).toMatchObject({ events: [{ data: role.data }, textEvent("Hi")] });
  expect((await clock.run(drain(answer.stream))).text).toBe("!");
  expect(call.trace.attempts).toEqual([{ provider: "p", outcome: "answered", ms: 500, totalMs: 500 }]);
  expect(clock.pendingTimers).toBe(0);
});

test("an answer that is whole in its first batch leaves no timer, read at once or later", async () => {
  for (const waitMs of [0, 60_000]) {
    const { clock, outcome } = setUp({ steps: [{ give: [textEvent("whole", "stop")] }, { give: WHOLE }] });
    const answer = answered(await outcome());
    await clock.advance(waitMs);
    await clock.run(drain(answer.stream));
    expect(clock.pendingTimers).toBe(0);
  }
});

test("no connection within 5 s is a fault", async () => {
  const { clock, outcome } = setUp({ connectMs: undefined });
  expect(await outcome()).toMatchObject({ kind: "fault", reason: "connect-timeout", provider: "p" });
  expect(clock.now()).toBe(5_000);
});

test.each<[string, ScriptedAttempt]>([
  ["no head at all", { headMs: 60_000 }],
  ["silence after the head", { steps: [] }],
  [
    "role chunks and empty deltas for a minute",
    { steps: Array.from({ length: 60 }, () => ({ afterMs: 1_000, give: [role] })) },
  ],
  [
    "white space for a minute",
    { steps: Array.from({ length: 60 }, () => ({ afterMs: 1_000, give: [textEvent(" ")] })) },
  ],
])("%s does not extend the first-token timer", async (_, script) => {
  const { clock, outcome, call } = setUp(script);
  expect(await outcome()).toMatchObject({ kind: "overloaded", reason: "first-token-timeout", committed: false });
  expect(clock.now()).toBe(20_000);
  expect(clock.pendingTimers).toBe(0);
  expect(call.trace.attempts).toEqual([
    { provider: "p", outcome: "overloaded", reason: "first-token-timeout", ms: 20_000, totalMs: 20_000 },
  ]);
});

test("a finish without content is a blank answer, also after white space", async () => {
  for (const steps of [
    [{ give: [textEvent("", "stop")] }, { give: WHOLE }],
    [{ give: [textEvent(" \n", "stop")] }, { give: WHOLE }],
  ]) {
    expect(await setUp({ steps }).outcome()).toMatchObject({ kind: "fault", reason: "blank-answer" });
  }
});

test("a filtered answer is passed on, not failed over", async () => {
  const { outcome } = setUp({ steps: [{ give: [textEvent("", "content_filter")] }, { give: WHOLE }] });
  expect((await outcome()).type).toBe("answer");
});

test("more than 4 KB of white space is content after all", async () => {
  const spaces = (count: number) => Array.from({ length: count }, () => ({ give: [textEvent(" ".repeat(100))] }));
  expect((await setUp({ steps: spaces(41) }).outcome()).type).toBe("answer");
  expect(await setUp({ steps: spaces(40) }).outcome()).toMatchObject({ reason: "first-token-timeout" });
});

test("an unstreamed caller has been shown nothing: no white space, however long, is an answer", async () => {
  // DeepSeek's JSON mode puts spaces in the place of all that it would not give, as many as the answer was long.
  const { request } = testCall({ request: { stream: false } });
  const spaces = " ".repeat(2 * BLANK_LIMIT);
  const blank = { kind: "fault", reason: "blank-answer" };
  const asStream = setUp({
    steps: [{ give: [textEvent(spaces)] }, { give: [textEvent("", "stop")] }, { give: WHOLE }],
  });
  expect(await asStream.outcome({ request })).toMatchObject(blank);
  const late = setUp({ steps: [{ give: [textEvent(spaces)] }, { give: [textEvent("Hi", "stop")] }, { give: WHOLE }] });
  const { stream } = answered(await late.outcome({ request }));
  expect((await late.clock.run(drain(stream))).text).toBe(`${spaces}Hi`);
});

test("a whole document of white space is no answer, whoever asked", async () => {
  const document: AnswerEvent = { ...textEvent(" ".repeat(2 * BLANK_LIMIT), "stop"), whole: true };
  const { outcome } = setUp({ steps: [{ give: [document] }, { give: WHOLE }] });
  expect(await outcome()).toMatchObject({ kind: "fault", reason: "blank-answer" });
});

test("white space without end is held up to a bound", async () => {
  const { request } = testCall({ request: { stream: false } });
  const piece = textEvent(" ".repeat(MOST_BLANK_LENGTH / 4));
  const { clock, outcome } = setUp({ steps: Array.from({ length: 5 }, () => ({ give: [piece] })) });
  expect(await outcome({ request })).toMatchObject({ kind: "fault", reason: "no-content" });
  expect(clock.pendingTimers).toBe(0);
});

test("a first-token limit below that of the connection is the one that counts", async () => {
  const { clock, outcome } = setUp({ connectMs: undefined }, { firstTokenMs: () => 300 });
  expect(await outcome()).toMatchObject({ reason: "first-token-timeout" });
  expect(clock.now()).toBe(300);
  const slow = setUp({ connectMs: undefined });
  expect(await slow.outcome()).toMatchObject({ message: "p: No connection within 5000 ms." });
});

test("a provider that sends thousands of events without content is taken to be broken", async () => {
  const flood = Array.from({ length: PREAMBLE_LIMIT + 1 }, () => role);
  const { clock, outcome } = setUp({ steps: [{ give: flood }, { give: [textEvent("Hi")] }] });
  expect(await outcome()).toMatchObject({
    kind: "fault",
    reason: "no-content",
    message: `p sent ${PREAMBLE_LIMIT + 1} events without content.`,
  });
  expect(clock.pendingTimers).toBe(0);
  const most = setUp({ steps: [{ give: flood.slice(1) }, { give: [textEvent("Hi", "stop")] }] });
  expect((await most.outcome()).type).toBe("answer");
});

test("a filtered answer begins at once, whatever came before its verdict", async () => {
  const { clock, outcome } = setUp({
    steps: [{ give: [role] }, { give: [textEvent("", "content_filter")] }, { afterMs: 500, give: WHOLE }],
  });
  const answer = answered(await outcome());
  expect(clock.now()).toBe(0);
  expect(await answer.stream.read()).toMatchObject({ type: "batch", events: { length: 2 } });
});

test("white space is counted wherever the protocol has it, and only where an event is nothing else", async () => {
  const spaces = " ".repeat(2_000);
  const nested: AnswerEvent = {
    ...textEvent(" "),
    json: { id: "chunk-1", n: 3, choices: [{ delta: { content: spaces, reasoning_content: spaces } }] },
  };
  const { outcome } = setUp({ steps: [{ give: [nested] }, { give: [textEvent(" ".repeat(200))] }, { give: WHOLE }] });
  expect((await outcome()).type).toBe("answer");
  const silent: AnswerEvent = { ...textEvent(""), json: { choices: [{ delta: { content: " ".repeat(5_000) } }] } };
  expect(await setUp({ steps: [{ give: [silent] }] }).outcome()).toMatchObject({ reason: "first-token-timeout" });
});
