import { describe, expect, test } from "vitest";
import { testCall, type VirtualClock } from "../../../testing/index.ts";
import { type Ending, WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { Answer } from "../../outcome.ts";
import { REFUSED_REST_PATIENCE_MS } from "./defaults.ts";
import { answerFrom, cut, cutBy, interrupted, run } from "./testing/resume-harness.ts";

test("a sound answer passes through untouched, without delay", async () => {
  const { text, ending, calls, call, clock } = await run((at) => [answerFrom(at, "a", ["One ", "two"], WHOLE)]);
  expect([text, ending, calls.length, call.trace.seams]).toEqual(["One two", WHOLE, 1, []]);
  expect(clock.now()).toBe(300);
});

test("a cut answer goes on with the rest from another attempt, and the seam is noted", async () => {
  const { text, ending, calls, call } = await run((at) => [
    answerFrom(at, "a", ["One ", "tw"], cut),
    answerFrom(at, "b", ["", "…", "o", " three"], WHOLE),
  ]);
  expect([text, ending]).toEqual(["One two three", WHOLE]);
  expect(calls[1]).toMatchObject({ avoid: ["a"], extra: true, deadline: 60_000, request: { stream: true } });
  expect(call.trace.seams).toEqual([{ at: 6, from: "a", to: "b", mode: "told" }]);
});

test.each<[string, Ending, boolean]>([
  ["stalled", cutBy("stalled"), true],
  ["an error inside", cutBy("server-busy", "overloaded"), true],
  ["an empty account", cutBy("insufficient-balance", "credential"), true],
  ["out of time", cutBy("total-timeout"), false],
  ["past its deadline", cutBy("deadline", "deadline"), false],
  ["unwanted", cutBy("caller-gone", "cancelled"), false],
])("what is %s is continued or not", async (_what, ending, continued) => {
  const { calls, ending: last } = await run((at) => [
    answerFrom(at, "a", ["One"], ending),
    answerFrom(at, "b", ["… two"], WHOLE),
  ]);
  expect(calls).toHaveLength(continued ? 2 : 1);
  expect(last?.failure === undefined).toBe(continued);
});

describe("what cannot be finished ends with what broke it", () => {
  test("another text is not passed on, and its stream is given up", async () => {
    const other = (at: VirtualClock) => answerFrom(at, "b", ["Anew"], WHOLE);
    const given: Answer[] = [];
    const { text, ending, call } = await run((at) => [answerFrom(at, "a", ["One"], cut), ...keep(given, other(at))]);
    expect(text).toBe("One");
    expect(ending).toMatchObject({ failure: { ...interrupted("cut").failure, provider: "a" } });
    expect(call.trace.seams).toEqual([]);
    expect(given[0]?.stream).toMatchObject({ cancelled: { reason: "continuation-mismatch" } });
  });

  test("a rest that ends before it began", async () => {
    const { ending } = await run((at) => [answerFrom(at, "a", ["One"], cut), answerFrom(at, "b", [""], WHOLE)]);
    expect(ending).toMatchObject(interrupted("cut"));
  });

  test("nobody to ask", async () => {
    const spent = failure("rejected", "retry-budget-spent", "spent");
    const { ending, calls } = await run((at) => [answerFrom(at, "a", ["One"], cut), spent]);
    expect(ending).toMatchObject(interrupted("cut"));
    expect(calls).toHaveLength(2);
  });

  test("an answer of a kind that has no rest", async () => {
    const { ending, calls } = await run((at) => [answerFrom(at, "a", ["tool"], cut)]);
    expect(ending).toMatchObject(interrupted("cut"));
    expect(calls).toHaveLength(1);
  });

  test("a rest that breaks, too: its own break is told, and there is no third attempt", async () => {
    const { text, ending, calls } = await run((at) => [
      answerFrom(at, "a", ["One"], cut),
      answerFrom(at, "b", ["… two"], cutBy("stalled")),
    ]);
    expect(text).toBe("One two");
    expect(ending).toMatchObject(interrupted("stalled"));
    expect(calls).toHaveLength(2);
  });
});

test("a rest that our own limits refuse for now is asked for again, and that costs no continuation", async () => {
  const busy = failure("rejected", "limit-reached", "busy", { retryAfterMs: 2_000 });
  const { text, ending, calls } = await run((at) => [
    answerFrom(at, "a", ["One"], cut),
    busy,
    busy,
    answerFrom(at, "b", ["… two"], WHOLE),
  ]);
  expect([text, ending, calls.length]).toEqual(["One two", WHOLE, 4]);
});

test("a rest that stays refused is given up when patience ends", async () => {
  const busy = failure("rejected", "breaker-open", "open", { retryAfterMs: 60_000 });
  const { ending, calls } = await run((at) => [answerFrom(at, "a", ["One"], cut), busy]);
  expect(ending).toMatchObject(interrupted("cut"));
  // The answer itself, and its rest every 10 s: a pause is never longer. The seventh would outlive the stream (60 s).
  expect(calls).toHaveLength(1 + REFUSED_REST_PATIENCE_MS / 10_000);
});

test("where more continuations are allowed, the next avoids all that failed", async () => {
  const { text, ending, calls, call } = await run(
    (at) => [
      answerFrom(at, "a", ["One"], cut),
      answerFrom(at, "b", ["… two"], cut),
      answerFrom(at, "c", ["… three"], WHOLE),
    ],
    testCall(),
    2,
  );
  expect([text, ending]).toEqual(["One two three", WHOLE]);
  expect(calls[2]?.avoid).toEqual(["a", "b"]);
  expect(call.trace.seams.map(({ at }) => at)).toEqual([3, 7]);
});

test("when only the end is missing, nobody is asked for it", async () => {
  const { text, ending, calls } = await run((at) => [answerFrom(at, "a", ["One!"], cut)]);
  expect([text, ending, calls.length]).toEqual(["One!", WHOLE, 1]);
});

test("the time for the rest is what the stream's whole life leaves", async () => {
  const late = testCall({ startedAt: -59_950, deadline: 10 });
  const { ending, calls } = await run((at) => [answerFrom(at, "a", ["One"], cut)], late);
  expect(ending).toMatchObject(interrupted("cut"));
  expect(calls).toHaveLength(1);
});

function keep(list: Answer[], answer: Answer): Answer[] {
  list.push(answer);
  return [answer];
}

describe("the rest", () => {
  test("is asked for beside those whom the call avoids already, each named once", async () => {
    const { calls } = await run(
      (at) => [answerFrom(at, "a", ["One"], cut), answerFrom(at, "b", ["… two"], WHOLE)],
      testCall({ avoid: ["z", "a"] }),
    );
    expect(calls[1]?.avoid).toEqual(["z", "a"]);
  });

  test("of a degraded provider is marked in the seam", async () => {
    const { call } = await run((at) => {
      const rest = answerFrom(at, "box", ["… two"], WHOLE);
      return [answerFrom(at, "a", ["One"], cut), { ...rest, origin: { ...rest.origin, degraded: true } }];
    });
    expect(call.trace.seams).toEqual([{ at: 3, from: "a", to: "box", mode: "told", degraded: true }]);
  });

  test("that breaks before it was found to be one adds nothing: the first break is told", async () => {
    const { ending } = await run((at) => [
      answerFrom(at, "a", ["One"], cut),
      answerFrom(at, "b", [""], cutBy("stalled")),
    ]);
    expect(ending).toMatchObject({ failure: { reason: "cut", provider: "a" } });
  });

  test("that a limit of ours refused is asked for again as soon as that may help, for a while", async () => {
    const full = () => failure("rejected", "limit-reached", "full", { retryAfterMs: 400 });
    const patient = await run((at) => [
      answerFrom(at, "a", ["One"], cut),
      full(),
      full(),
      answerFrom(at, "b", ["… two"], WHOLE),
    ]);
    expect(patient.text).toBe("One two");
    expect(patient.calls).toHaveLength(4);
    const never = await run((at) => [answerFrom(at, "a", ["One"], cut), full()]);
    expect(never.ending).toMatchObject(interrupted("cut"));
    expect(never.clock.now()).toBeLessThanOrEqual(200 + REFUSED_REST_PATIENCE_MS);
    expect(never.calls.length).toBeGreaterThan(3);
  });

  test("that was refused without a word on waiting is not waited for", async () => {
    const { calls, clock, ending } = await run((at) => [
      answerFrom(at, "a", ["One"], cut),
      failure("rejected", "breaker-open", "open"),
    ]);
    expect(ending).toMatchObject(interrupted("cut"));
    expect([calls.length, clock.now()]).toEqual([2, 200]);
  });

  test("that is promised instead of given is none", async () => {
    const { ending } = await run((at) => [answerFrom(at, "a", ["One"], cut), { type: "accepted", jobId: "job-1" }]);
    expect(ending).toMatchObject(interrupted("cut"));
  });
});
