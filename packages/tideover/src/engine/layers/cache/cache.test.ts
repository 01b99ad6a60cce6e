import { describe, expect, test } from "vitest";
import { drain, testCall, textEvent } from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import type { CacheOptions } from "./cache.ts";
import { HOUR, type Stage, stage } from "./testing/cache-stage.ts";

test("the same request is answered from the copy, with its age, and says so", async () => {
  const { ask, clock, made } = stage();
  const first = await ask();
  expect([first.text, first.call.trace.cache]).toEqual(["Answer 1", { hit: false, forward: "miss", stored: true }]);
  await clock.advance(90_500);
  const second = await ask();
  expect(second.text).toBe("Answer 1");
  expect(second.origin).toEqual({ rung: "cache", provider: "a", model: "m", degraded: false, ageSeconds: 90 });
  expect(second.call.trace.cache).toMatchObject({ hit: true });
  expect(second.call.trace.cache?.ttlSeconds).toBeGreaterThan(3_000);
  expect(made).toHaveLength(1);
});

test("another tenant's identical request is a request of its own", async () => {
  const { ask } = stage();
  await ask();
  expect((await ask({ tenant: "other" })).text).toBe("Answer 2");
  expect((await ask()).text).toBe("Answer 1");
});

test("a copy in memory under the right key but of another tenant is not given", async () => {
  const { answers, ask, made } = stage();
  await ask();
  const [key = ""] = [made[0]?.cacheKey];
  expect(answers.peek(key, "test")).toBeDefined();
  expect(answers.peek(key, "other")).toBeUndefined();
  expect(await answers.find(key, "other")).toBeUndefined();
});

describe("which requests are answered from copies", () => {
  const warm = { request: { body: { model: "m", temperature: 1 } } };
  test.each<[CacheOptions["when"], Parameters<ReturnType<typeof stage>["ask"]>[0], string]>([
    ["deterministic", {}, "Answer 1"],
    ["deterministic", warm, "Answer 2"],
    ["deterministic", { request: { body: { model: "m" } } }, "Answer 2"],
    ["deterministic", { request: { operation: "embeddings", body: { model: "m" } } }, "Answer 1"],
    ["always", warm, "Answer 1"],
    ["never", {}, "Answer 2"],
  ])("%s: %j", async (when, request, second) => {
    const { ask } = stage({ options: { when } });
    await ask(request);
    expect((await ask(request)).text).toBe(second);
  });

  test("what is neither answered from a copy nor kept passes untouched", async () => {
    const { ask, made, answers } = stage({ options: { when: "never" } });
    const { call } = await ask();
    expect(made[0]).toBe(call);
    expect([call.trace.cache, answers.figures.entries]).toEqual([undefined, 0]);
  });

  test("where copies are kept to stand in, one is kept of every request, and not given while it need not", async () => {
    const { ask, made, answers } = stage({ options: { when: "never", keepsStale: true } });
    await ask();
    const { call } = await ask();
    expect([made.length, answers.figures.entries, call.trace.cache?.forward]).toEqual([2, 1, "bypass"]);
    expect([made[1]?.cacheKey, made[1]?.flightKey]).toEqual([expect.any(String), undefined]);
  });

  test("only those that may be answered from copies may share an answer that is being made", async () => {
    const { ask, made } = stage();
    await ask();
    expect(made[0]?.flightKey).toBe(made[0]?.cacheKey);
  });
});

describe("what is not stored", () => {
  test.each<[string, Stage]>([
    ["a degraded answer", { origin: { rung: "live", degraded: true } }],
    ["a local model's", { origin: { rung: "local", degraded: false } }],
    ["a template's", { origin: { rung: "template", degraded: true } }],
    ["a stale copy", { origin: { rung: "stale", degraded: true } }],
    ["one cut by length", { give: [[textEvent("Hi", "length")]] }],
    ["one that broke", { ending: { type: "ending", failure: failure("fault", "cut", "cut") } }],
    ["an empty one", { give: [[]] }],
    ["a failure", { give: [failure("fault", "x", "x")] }],
  ])("%s", async (_what, script) => {
    const { ask, answers } = stage(script);
    await ask();
    expect(answers.figures.entries).toBe(0);
  });

  test("one that its reader left", async () => {
    const { layer, answers, clock } = stage({ takesMs: 100 });
    const outcome = await clock.run(layer(testCall({ request: { body: { temperature: 0 } } })));
    if (outcome.type !== "answer") throw new Error("no answer");
    const reading = outcome.stream.read();
    outcome.stream.cancel(failure("cancelled", "caller-gone", "gone"));
    await clock.run(reading);
    await outcome.stream.read();
    expect(answers.figures.entries).toBe(0);
  });

  test("one that is too long", async () => {
    const long = Array.from({ length: 60 }, () => textEvent("x".repeat(100_000)));
    const { ask, answers } = stage({ give: [long], memoryBytes: 100_000_000 });
    expect((await ask()).text).toHaveLength(6_000_000);
    expect(answers.figures.entries).toBe(0);
  });

  test("but one cut by length is, where the route allows it", async () => {
    const { ask } = stage({ give: [[textEvent("Hi", "length")]], options: { endings: new Set(["stop", "length"]) } });
    await ask();
    expect((await ask()).origin?.rung).toBe("cache");
  });
});

describe("time", () => {
  test("past its fresh time a copy is made anew", async () => {
    const { ask, clock } = stage();
    await ask();
    await clock.advance(1.3 * HOUR);
    const { text, call } = await ask();
    expect([text, call.trace.cache?.forward]).toEqual(["Answer 2", "stale"]);
  });

  test("an answer is fresh for just as long as the route says", async () => {
    const { ask, clock } = stage();
    await ask();
    await clock.advance(HOUR - 1);
    const last = await ask();
    expect([last.text, last.origin?.rung, last.call.trace.cache?.ttlSeconds]).toEqual(["Answer 1", "cache", 0]);
    await clock.advance(1);
    expect((await ask()).text).toBe("Answer 2");
  });

  test("what is made in the background ends up to a tenth sooner, each at its own time", async () => {
    const { ask, answers, made, clock } = stage({ memoryBytes: 10_000_000 });
    const ends: number[] = [];
    for (let index = 0; index < 50; index++) {
      await ask({ priority: 7, request: { body: { temperature: 0, index } } });
      const kept = answers.peek(made.at(-1)?.cacheKey ?? "", "test");
      ends.push((kept?.answer.freshUntil ?? 0) - clock.wallTime());
    }
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(0.9 * HOUR);
    expect(Math.max(...ends)).toBeLessThanOrEqual(HOUR);
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(0.05 * HOUR);
  });

  test("an often asked copy a little past its time is given while it is made anew, behind everybody else", async () => {
    const { ask, clock, made, answers } = stage({ takesMs: 2_000 });
    for (let index = 0; index < 3; index++) await ask();
    const kept = answers.peek(made[0]?.cacheKey ?? "", "test");
    await clock.advance((kept?.answer.freshUntil ?? 0) - clock.wallTime() + 1_000);
    const during = [await ask(), await ask()];
    // It is past its time, and says so: only a fresh copy is a hit that is as good as a new answer.
    expect(during.map(({ text, origin }) => [text, origin?.rung, origin?.degraded])).toEqual([
      ["Answer 1", "stale", true],
      ["Answer 1", "stale", true],
    ]);
    expect(during[0]?.call.trace.cache?.ttlSeconds).toBeLessThan(0);
    expect(made).toHaveLength(2);
    expect(made[1]).toMatchObject({
      priority: 7,
      extra: true,
      liveOnly: true,
      cacheKey: undefined,
      flightKey: undefined,
    });
    await clock.advance(5_000);
    const after = await ask();
    expect([after.text, after.origin?.ageSeconds]).toEqual(["Answer 2", 3]);
  });

  test("a copy that was hardly asked for is not", async () => {
    const { ask, clock, made, answers } = stage();
    await ask();
    const kept = answers.peek(made[0]?.cacheKey ?? "", "test");
    await clock.advance((kept?.answer.freshUntil ?? 0) - clock.wallTime() + 1_000);
    expect((await ask()).text).toBe("Answer 2");
  });

  test("a refresh that brings nothing is not tried again at once", async () => {
    const { ask, clock, made, answers } = stage({
      give: [[textEvent("One", "stop")], failure("overloaded", "x", "x")],
    });
    for (let index = 0; index < 3; index++) await ask();
    const kept = answers.peek(made[0]?.cacheKey ?? "", "test");
    await clock.advance((kept?.answer.freshUntil ?? 0) - clock.wallTime() + 1_000);
    await ask();
    expect((await ask()).text).toBe("One");
    expect(made).toHaveLength(2);
    await clock.advance(11_000);
    expect((await ask()).text).toBe("One");
    expect(made).toHaveLength(3);
  });
});

describe("the caller's own terms", () => {
  test("no-cache: made anew, and stored", async () => {
    const { ask, made } = stage();
    await ask();
    const { text, call } = await ask({ terms: { noCache: true } });
    expect([text, call.trace.cache]).toEqual(["Answer 2", { hit: false, forward: "request", stored: true }]);
    expect(made[1]?.flightKey).toBeUndefined();
    expect((await ask()).text).toBe("Answer 2");
  });

  test("no-store: nothing is stored nor shared, a copy may be given", async () => {
    const { ask, made, answers } = stage();
    await ask({ terms: { noStore: true } });
    expect([answers.figures.entries, made[0]?.flightKey]).toEqual([0, undefined]);
    await ask();
    expect((await ask({ terms: { noStore: true } })).text).toBe("Answer 2");
  });

  test("only-if-cached: a copy or an error of its own", async () => {
    const { ask, made } = stage({ options: { when: "never", keepsStale: true } });
    expect((await ask({ terms: { onlyIfCached: true } })).outcome).toMatchObject({ code: "not_cached" });
    await ask();
    expect((await ask({ terms: { onlyIfCached: true } })).text).toBe("Answer 1");
    expect(made).toHaveLength(1);
  });

  test("max-age: no copy older than that", async () => {
    const { ask, clock } = stage();
    await ask();
    await clock.advance(10_000);
    expect((await ask({ terms: { maxAgeMs: 20_000 } })).text).toBe("Answer 1");
    const { text, call } = await ask({ terms: { maxAgeMs: 9_000 } });
    expect([text, call.trace.cache?.forward]).toEqual(["Answer 2", "request"]);
  });

  test("max-stale: a copy past its time, marked as what it is", async () => {
    const { ask, clock } = stage();
    await ask();
    await clock.advance(2 * HOUR);
    const { text, origin } = await ask({ terms: { maxStaleMs: 1.2 * HOUR } });
    expect([text, origin]).toMatchObject(["Answer 1", { rung: "stale", degraded: true, ageSeconds: 7_200 }]);
    expect((await ask({ terms: { maxStaleMs: 1_000 } })).text).toBe("Answer 2");
  });

  test("tags: the route's and the caller's", async () => {
    const { ask, answers } = stage();
    await ask({ terms: { tags: ["page-1", "shop"] } });
    expect(await answers.purge({ tag: "other" })).toBe(0);
    expect(await answers.purge({ tag: "page-1" })).toBe(1);
    await ask();
    expect(await answers.purge({ tag: "shop" })).toBe(1);
    expect((await ask()).text).toBe("Answer 3");
  });
});

describe("forms", () => {
  const chunks = [textEvent("One "), textEvent("two"), textEvent("", "stop")];

  test("a stored stream is one document for who wants no stream, and a stream again for who does", async () => {
    const { layer, clock, ask } = stage({ give: [chunks] });
    await ask();
    for (let round = 0; round < 3; round++) {
      for (const [stream, count] of [
        [false, 1],
        [true, 3],
      ] as const) {
        const outcome = await clock.run(
          layer(testCall({ request: { stream, body: { model: "m", temperature: 0, messages: [] } } })),
        );
        if (outcome.type !== "answer") throw new Error("no answer");
        const batch = await outcome.stream.read();
        if (batch.type !== "batch") throw new Error("no batch");
        expect([batch.events.length, batch.events[0]?.whole]).toEqual([count, !stream]);
      }
    }
  });

  test("a stream can be replayed at a pace, and left", async () => {
    const { layer, clock, ask } = stage({ give: [chunks], options: { paceMs: 20 } });
    await ask();
    const call = testCall({ request: { body: { model: "m", temperature: 0, messages: [] } } });
    const outcome = await clock.run(layer(call));
    if (outcome.type !== "answer") throw new Error("no answer");
    const before = clock.now();
    await clock.run(outcome.stream.read());
    expect(clock.now() - before).toBe(0);
    await clock.run(outcome.stream.read());
    expect(clock.now() - before).toBe(20);
    const pending = outcome.stream.read();
    const gone = failure("cancelled", "caller-gone", "gone");
    outcome.stream.cancel(gone);
    expect(await pending).toEqual({ type: "ending", failure: gone });
    expect(clock.pendingTimers).toBe(0);
    const again = await clock.run(layer(call));
    expect(again.type === "answer" && (await clock.run(drain(again.stream))).ending).toEqual(WHOLE);
  });
});

test("an empty selection purges nothing", async () => {
  const { answers } = stage();
  await expect(answers.purge({})).rejects.toThrow(/at least one of/);
});
