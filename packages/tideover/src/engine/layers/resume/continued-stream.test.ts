import { describe, expect, test } from "vitest";
import { drain, scriptedService, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { type Failure, failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerContinuation, ContinuationPlan, FitStep } from "../../ports/continuation.ts";
import { resume } from "./resume.ts";

const cutBy = (reason: string, kind: Failure["kind"] = "fault"): Ending => ({
  type: "ending",
  failure: failure(kind, reason, reason, { committed: true }),
});
const cut = cutBy("cut");

function answerFrom(clock: VirtualClock, provider: string, texts: readonly string[], ending: Ending): Answer {
  const steps = texts.map((text) => ({ afterMs: 100, give: [textEvent(text)] }));
  const stream = scriptedStream(clock, [...steps, { afterMs: 100, give: ending }]);
  return { type: "answer", origin: { rung: "live", provider, degraded: false, continuation: "told" }, stream };
}

/**
 * A form in which the rest begins with "…", what does not is no rest, and a text that ends with "!" was at its end.
 */
const form: AnswerContinuation = {
  follow(request) {
    let shown = "";
    const plan = (): ContinuationPlan => {
      if (shown.includes("tool")) return { type: "refuse", why: "A tool call had begun." };
      if (shown.endsWith("!")) return { type: "finish", events: [textEvent("", "length")] };
      const at = shown.length;
      return { type: "ask", at, request: { ...request, stream: true, continuation: { restart: false } }, fit };
    };
    return {
      note(event) {
        shown += textOf(event);
      },
      plan,
    };
  },
};

function fit(mode: string | undefined) {
  let aligned = false;
  const push = (events: readonly AnswerEvent[]): FitStep => {
    const text = events.map(textOf).join("");
    if (aligned) return { type: "events", events };
    if (text === "") return { type: "events", events: [] };
    if (!text.startsWith("…")) return { type: "mismatch", why: "Something else." };
    aligned = true;
    return { type: "events", events: text === "…" ? [] : [textEvent(text.slice(1))] };
  };
  return {
    mode: mode ?? "",
    push,
    get aligned() {
      return aligned;
    },
    end: (): FitStep => (aligned ? { type: "events", events: [] } : { type: "mismatch", why: "No rest." }),
  };
}

function textOf({ json }: AnswerEvent): string {
  const choices = json.choices as readonly { delta?: { content?: string } }[] | undefined;
  return choices?.[0]?.delta?.content ?? "";
}

async function run(outcomes: (clock: VirtualClock) => Outcome[], call: Call = testCall(), perRequest = 1) {
  const clock = new VirtualClock();
  const { service, calls } = scriptedService(outcomes(clock));
  const layer = resume({ continuation: form, perRequest, totalMs: 60_000 }, { clock, random: seededRandom(1) });
  const outcome = await clock.run(layer(service)(call));
  if (outcome.type !== "answer") return { clock, calls, call, outcome, text: "", ending: undefined };
  const { text, ending } = await clock.run(drain(outcome.stream));
  expect(clock.pendingTimers).toBe(0);
  return { clock, calls, call, outcome, text, ending };
}

const interrupted = (reason: string) => ({ failure: { reason, code: "stream_interrupted", committed: true } });

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

describe("unstreamed", () => {
  const unstreamed = () => testCall({ request: { stream: false }, deadline: 30_000 });

  test("the rest is asked for within the call's own deadline, and the answer is whole", async () => {
    const { text, calls, call } = await run(
      (at) => [answerFrom(at, "a", ["One"], cut), answerFrom(at, "b", ["… two"], WHOLE)],
      unstreamed(),
    );
    expect(text).toBe("One two");
    expect(calls[1]).toMatchObject({ deadline: 30_000, request: { continuation: { restart: false } } });
    expect(call.trace.seams).toHaveLength(1);
  });

  test("what cannot be continued is begun anew, once", async () => {
    const { text, calls } = await run(
      (at) => [
        answerFrom(at, "a", ["One"], cut),
        answerFrom(at, "b", ["Anew"], WHOLE),
        { ...answerFrom(at, "b", [], WHOLE), stream: streamOf([textEvent("One two")]) },
      ],
      unstreamed(),
    );
    expect(text).toBe("One two");
    expect(calls[2]).toMatchObject({ avoid: ["a"], extra: true, request: { stream: false } });
    expect(calls[2]?.request.continuation).toBeUndefined();
  });

  test("begun anew after a continuation that broke, it has no seam", async () => {
    const { text, call } = await run(
      (at) => [
        answerFrom(at, "a", ["One"], cut),
        answerFrom(at, "b", ["… two"], cut),
        answerFrom(at, "c", ["Anew"], WHOLE),
      ],
      unstreamed(),
    );
    expect([text, call.trace.seams]).toEqual(["Anew", []]);
  });

  test("begun anew and broken again, it is interrupted", async () => {
    const { outcome, calls } = await run(
      (at) => [answerFrom(at, "a", ["tool"], cut), answerFrom(at, "b", ["tool"], cut)],
      unstreamed(),
    );
    expect(outcome).toMatchObject({ type: "failure", code: "stream_interrupted", committed: false });
    expect(calls).toHaveLength(2);
  });
});

function keep(list: Answer[], answer: Answer): Answer[] {
  list.push(answer);
  return [answer];
}
