import { describe, expect, test } from "vitest";
import { drain, scriptedService, scriptedStream, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import { type Failure, failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerContinuation, ContinuationPlan, FitStep } from "../../ports/continuation.ts";
import { REFUSED_REST_PATIENCE_MS } from "./defaults.ts";
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

describe("an answer that another process began", () => {
  const origin = { rung: "live", provider: "a", degraded: false } as const;
  const begunCall = (stream: boolean) =>
    testCall({ begun: { origin, events: [textEvent("One ")] }, request: { stream }, startedAt: 0 });

  async function rest(outcomes: (clock: VirtualClock) => Outcome[], options: { stream?: boolean; most?: number } = {}) {
    const clock = new VirtualClock();
    const { service, calls } = scriptedService(outcomes(clock));
    const { stream = true, most = 1 } = options;
    const layer = resume({ continuation: form, perRequest: most, totalMs: 60_000 }, { clock, random: seededRandom(1) });
    const outcome = await layer(service)(begunCall(stream));
    const read = outcome.type === "answer" ? await clock.run(drain(outcome.stream)) : undefined;
    return { outcome, calls, read };
  }

  test.each([true, false])(
    "is given with its rest (streamed: %s), and that is asked for as a continuation",
    async (stream) => {
      const { outcome, calls, read } = await rest((at) => [answerFrom(at, "b", ["…two"], WHOLE)], { stream });
      expect(outcome).toMatchObject({ type: "answer", origin });
      expect(read).toEqual({ text: "One two", ending: WHOLE });
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ extra: true, avoid: ["a"], deadline: stream ? 60_000 : 120_000 });
      expect(calls[0]?.begun).toBeUndefined();
    },
  );

  test("is interrupted where nobody can finish it, and never begun anew", async () => {
    const { read, calls } = await rest((at) => [answerFrom(at, "b", ["Something else"], WHOLE)]);
    expect(read?.ending).toMatchObject({
      failure: { reason: "leader-lost", code: "stream_interrupted", committed: true },
    });
    expect(read?.text).toBe("One ");
    expect(calls).toHaveLength(1);
    const off = await rest(() => [], { most: 0 });
    expect(off.outcome).toMatchObject({
      kind: "fault",
      reason: "leader-lost",
      message: "The process that made this answer is gone.",
      code: "stream_interrupted",
      provider: "a",
    });
  });
});
