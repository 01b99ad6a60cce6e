import { describe, expect, test } from "vitest";
import { drain, scriptedStream, testCall, textEvent } from "../../../testing/index.ts";
import { VirtualClock } from "../../../testing/virtual-clock.ts";
import { type AnswerStream, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Call, CallRequest } from "../../call.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { MOST_SUMMARY_CALLS } from "./defaults.ts";
import { longPrompt } from "./long-prompt.ts";
import type { PromptFitter } from "./prompt-fitter.ts";

/** Conversations here are lists of words, one of which has the size 1. */
const wordsOf = ({ body }: CallRequest): readonly string[] => body.messages as string[];
const requestOf = (words: readonly string[]): CallRequest =>
  testCall({ request: { body: { messages: words } } }).request;
const WORDS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** Leaves out all but the last words; sums up all before the last two in pieces of four. */
const fitter: PromptFitter = {
  roomFor: () => 4,
  sizeOf: (request) => wordsOf(request).length,
  shorten: (request, room) => kept(request, Math.floor(room)),
  shortest: (request) => kept(request, 1),
  textOf: (events) =>
    events.map(({ json }) => (json.choices as { delta: { content: string } }[])[0]?.delta.content).join(""),
};
function kept(request: CallRequest, count: number) {
  const words = wordsOf(request);
  if (count < 1 || count >= words.length) return undefined;
  return { request: requestOf(words.slice(-count)), droppedMessages: words.length - count, summarisedMessages: 0 };
}
const summarising: PromptFitter = {
  ...fitter,
  summarise(request, room, part) {
    const older = wordsOf(request).slice(0, -2);
    const size = 4 * part;
    if (room < 3 || size < 1 || older.length === 0) return undefined;
    const starts = Array.from({ length: Math.ceil(older.length / size) }, (_, index) => index * size);
    return {
      pieces: starts.map((start) => requestOf(["sum", ...older.slice(start, start + size)])),
      withSummaries: (told) => ({
        request: requestOf([told.join("+"), ...wordsOf(request).slice(-2)]),
        droppedMessages: 0,
        summarisedMessages: older.length,
      }),
    };
  },
};

const answer = (stream: AnswerStream): Outcome => ({
  type: "answer",
  origin: { rung: "local", provider: "small", degraded: true },
  stream,
});
const saying = (...texts: string[]) => answer(streamOf(texts.map((text) => textEvent(text))));
const tooLong = (kind: Failure["kind"] = "caller") =>
  failure(kind, "context-too-long", "Too long.", { status: 400, passed: { status: 400, contentType: "t", body: "b" } });

/** A stage on which the provider below does as `act` says, for summaries and answers alike. */
function stage(act: (call: Call) => Outcome | Promise<Outcome>, by: PromptFitter = summarising) {
  const clock = new VirtualClock();
  const asked: Call[] = [];
  const provider: Service = async (call) => {
    asked.push(call);
    return act(call);
  };
  const service = longPrompt(by, provider, { clock, random: seededRandom(1) })(provider);
  const ask = (overrides: Parameters<typeof testCall>[0] = {}) =>
    service(testCall({ request: { body: { messages: WORDS } }, deadline: 60_000, ...overrides }));
  return { clock, asked, ask, said: () => asked.map(({ request }) => wordsOf(request).join(" ")) };
}
const sumsUp = ({ request, purpose }: Call) =>
  purpose === "summary" ? saying(`<${wordsOf(request)[1]}>`) : saying("ok");
const originOf = (outcome: Outcome) => (outcome.type === "answer" ? outcome.origin : undefined);

describe("a conversation that is too long", () => {
  test("is summed up piece after piece, and the answer says so", async () => {
    const { asked, said, ask } = stage(sumsUp);
    const outcome = await ask();
    expect(said()).toEqual(["sum a b c d", "sum e f", "<a>+<e> g h"]);
    expect(asked.map(({ purpose }) => purpose)).toEqual(["summary", "summary", undefined]);
    expect(asked.map(({ deadline }) => deadline)).toEqual([30_000, 30_000, 60_000]);
    expect(originOf(outcome)).toMatchObject({ summarisedMessages: 6, degraded: true });
    expect(originOf(outcome)).not.toHaveProperty("droppedMessages");
    expect(outcome.type === "answer" && (await drain(outcome.stream)).text).toBe("ok");
  });

  test("counts what its summaries cost, as told or by estimate", async () => {
    const usage = { promptTokens: 100, completionTokens: 10 };
    const { ask } = stage(({ purpose, request }) => {
      if (purpose !== "summary") return saying("ok");
      const events = [textEvent("short"), { ...textEvent(""), usage }];
      return wordsOf(request)[1] === "a" ? answer(streamOf(events)) : saying("in", " ", "four", " pieces");
    });
    const [prompt, completion] = Object.values(originOf(await ask())?.summaryUsage ?? {});
    expect(prompt).toBeGreaterThan(100);
    expect(completion).toBe(14);
  });

  test("that fits is not touched", async () => {
    const { asked, ask } = stage(() => saying("ok"));
    const outcome = await ask({ request: { body: { messages: ["a", "b"] } } });
    expect(asked).toHaveLength(1);
    expect(Object.keys(originOf(outcome) ?? {})).toEqual(["rung", "provider", "degraded"]);
  });

  test("is left alone where no room is known", async () => {
    const { said, ask } = stage(() => saying("ok"), { ...summarising, roomFor: () => undefined });
    await ask();
    expect(said()).toEqual([WORDS.join(" ")]);
  });
});

describe("where a summary cannot be had, the oldest turns are left out", () => {
  test("when its time is up, with a half left for the answer", async () => {
    const { clock, said, ask, asked } = stage((call) =>
      call.purpose === "summary"
        ? answer(scriptedStream(clock, [{ give: [textEvent("slowly")] }, { afterMs: 300_000, give: WHOLE }]))
        : saying("ok"),
    );
    const outcome = ask();
    await clock.advance(30_000);
    expect(said()).toEqual(["sum a b c d", "e f g h"]);
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(originOf(await outcome)).toMatchObject({ droppedMessages: 4 });
    expect(originOf(await outcome)).not.toHaveProperty("summarisedMessages");
    expect(clock.pendingTimers).toBe(0);
  });

  test.each<[string, () => Outcome]>([
    ["the provider is busy", () => failure("overloaded", "http-503", "Busy.")],
    ["the model only thinks", () => saying("  ")],
    [
      "it breaks off",
      () => answer(streamOf([textEvent("half")], { type: "ending", failure: failure("fault", "cut", "Cut.") })),
    ],
  ])("when %s: nothing further is asked for", async (_, fails) => {
    const { said, ask } = stage((call) => (call.purpose === "summary" ? fails() : saying("ok")));
    expect(originOf(await ask())).toMatchObject({ droppedMessages: 4 });
    expect(said()).toEqual(["sum a b c d", "e f g h"]);
  });

  test("and where nothing can be left out, nothing is sent", async () => {
    const alone: PromptFitter = { ...summarising, shorten: () => undefined };
    const busy = stage(() => failure("overloaded", "http-503", "Busy."), alone);
    expect(await busy.ask()).toMatchObject({ type: "failure", kind: "overloaded" });
    const slow = stage(() => new Promise(() => undefined), alone);
    const outcome = slow.ask();
    await slow.clock.advance(30_000);
    // With more time it might have been answered: its length alone was not what stood against it.
    expect(await outcome).toMatchObject({ kind: "incompatible", reason: "no-time-to-sum-up" });
    expect(slow.said()).toEqual(["sum a b c d"]);
  });
});

describe("a provider that counts more than was estimated", () => {
  const upTo = (most: number) => (call: Call) => (wordsOf(call.request).length > most ? tooLong() : sumsUp(call));

  test("is given smaller pieces", async () => {
    const { said, ask } = stage(upTo(3));
    expect(originOf(await ask())).toMatchObject({ summarisedMessages: 6 });
    expect(said()).toEqual(["sum a b c d", "sum a b", "sum c d", "sum e f", "<a>+<c>+<e> g h"]);
  });

  test("is given a shorter conversation, down to the shortest", async () => {
    const { said, ask } = stage((call) => (call.purpose !== "summary" ? upTo(1)(call) : sumsUp(call)));
    expect(originOf(await ask())).toMatchObject({ droppedMessages: 7 });
    expect(said().at(-1)).toBe("h");
    const never = stage((call) => (call.purpose === "summary" ? sumsUp(call) : tooLong()));
    const refused = await never.ask();
    // The request was changed here, so that it is not the caller's fault, nor the provider's word for the caller.
    expect(refused).toMatchObject({ kind: "incompatible", reason: "context-too-long", passed: undefined });
  });

  test("and refuses what nothing can be left out of keeps its own words", async () => {
    const { ask } = stage(() => tooLong(), fitter);
    expect(await ask({ request: { body: { messages: ["a"] } } })).toMatchObject({ kind: "caller" });
  });

  test("is asked for so many summaries and no more", async () => {
    const endless: PromptFitter = {
      ...summarising,
      summarise: (request) => ({
        pieces: Array.from({ length: 100 }, () => requestOf(["sum"])),
        withSummaries: () => ({ request, droppedMessages: 0, summarisedMessages: 1 }),
      }),
    };
    const { asked, ask } = stage(sumsUp, endless);
    expect(originOf(await ask())).toMatchObject({ droppedMessages: 4 });
    expect(asked).toHaveLength(MOST_SUMMARY_CALLS + 1);
  });
});

test("a caller who goes takes the summaries along", async () => {
  const { clock, asked, ask } = stage(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(failureOf(signal)))),
  );
  const caller = new AbortController();
  const outcome = ask({ signal: caller.signal });
  await clock.advance(1);
  caller.abort(failure("cancelled", "caller-gone", "Gone."));
  expect(await outcome).toMatchObject({ kind: "cancelled", reason: "caller-gone" });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("without summaries only the oldest turns are left out", async () => {
  const { said, ask } = stage(sumsUp, fitter);
  expect(originOf(await ask())).toMatchObject({ droppedMessages: 4 });
  expect(said()).toEqual(["e f g h"]);
});
