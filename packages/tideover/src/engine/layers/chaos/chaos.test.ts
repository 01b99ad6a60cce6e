import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  drain,
  type ScriptedAttempt,
  scriptedAdapter,
  scriptedStream,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { attempt } from "../attempt/attempt.ts";
import { Chaos } from "./chaos.ts";
import type { ChaosOptions } from "./chaos-options.ts";
import { CutStream } from "./cut-stream.ts";

const HOUR = 3_600_000;
const sound: ScriptedAttempt = {
  steps: [
    { afterMs: 100, give: [textEvent("one "), textEvent("two ")] },
    { afterMs: 100, give: [textEvent("three "), textEvent("four", "stop")] },
    { give: WHOLE },
  ],
};
const broken: ScriptedAttempt = { failure: failure("fault", "http-500", "broken") };

function setUp(overrides: Partial<ChaosOptions>, script: readonly ScriptedAttempt[] = [sound]) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const environment = { clock, random: seededRandom(3), emit: (event: EngineEvent) => events.push(event) };
  const { adapter, sentAt } = scriptedAdapter(clock, script);
  const options: ChaosOptions = {
    share: 0.5,
    faults: [{ type: "failure", kind: "overloaded" }],
    until: clock.wallTime() + HOUR,
    ...overrides,
  };
  const chaos = new Chaos(options, environment);
  const origin = { rung: "live", provider: "p", degraded: false } as const;
  const timers = { connectMs: 5_000, firstTokenMs: () => 2_000, gapMs: 5_000, totalMs: 60_000 };
  const service = attempt(
    chaos.around("p", adapter),
    { ...timers, provider: "p", account: "p#1", origin },
    environment,
  );
  const injected = () => events.filter(({ type }) => type === "chaos-injected");
  /** Asks and reads to the end. */
  const ask = async (call = testCall()) => {
    const outcome = await clock.run(service(call));
    const end = outcome.type === "answer" ? await clock.run(drain(outcome.stream)) : undefined;
    return { outcome, end, record: call.trace.attempts.at(-1) };
  };
  /** Asks with fresh calls until one is hit. */
  const hit = async () => {
    for (let index = 0; index < 100; index++) {
      const asked = await ask();
      if (asked.record?.chaos !== undefined) return asked;
    }
    throw new Error("no attempt was hit");
  };
  return { clock, chaos, service, ask, hit, sentAt, injected, events };
}

describe("what is done", () => {
  test("a failure takes the provider's place: it is not asked", async () => {
    const { hit, sentAt, injected } = setUp({});
    const { outcome, record } = await hit();
    expect(outcome).toMatchObject({ type: "failure", kind: "overloaded", reason: "chaos-overloaded", provider: "p" });
    expect(record).toMatchObject({ outcome: "overloaded", chaos: "overloaded" });
    expect(injected()).toEqual([expect.objectContaining({ provider: "p", fault: "overloaded" })]);
    const before = sentAt.length;
    await hit();
    expect(sentAt.length - before).toBeLessThan(100);
  });

  test("latency comes on top of the provider's own, and the first-token timer runs", async () => {
    const within = setUp({ faults: [{ type: "latency", ms: 1_000 }] });
    const late = await within.hit();
    expect(late.record).toMatchObject({ outcome: "answered", chaos: "latency", ms: 1_100 });
    expect(late.end).toMatchObject({ text: "one two three four", ending: WHOLE });

    const beyond = setUp({ faults: [{ type: "latency", ms: 9_000 }] });
    const lost = await beyond.hit();
    expect(lost.outcome).toMatchObject({ kind: "overloaded", reason: "first-token-timeout" });
    expect(lost.record).toMatchObject({ chaos: "latency", ms: 2_000 });
    expect(beyond.clock.pendingTimers).toBe(0);
  });

  test.each([
    [1, "one "],
    [2, "one two "],
    [3, "one two three "],
  ])("a cut comes after %i content events", async (afterContentEvents, text) => {
    const { hit, clock } = setUp({ faults: [{ type: "cut", afterContentEvents }] });
    const { end, record } = await hit();
    expect(end).toMatchObject({ text, ending: { failure: { kind: "fault", reason: "chaos-cut", committed: true } } });
    expect(record).toMatchObject({ outcome: "cut", chaos: "cut" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("a cut before the first content is a failure that may be tried again", async () => {
    const { hit } = setUp({ faults: [{ type: "cut", afterContentEvents: 0 }] });
    expect((await hit()).outcome).toMatchObject({ type: "failure", kind: "fault", committed: false });
  });

  test("an answer that has finished by then is left whole, and is not marked", async () => {
    const { ask, injected } = setUp({ faults: [{ type: "cut", afterContentEvents: 4 }] });
    for (let index = 0; index < 20; index++) {
      expect((await ask()).end).toMatchObject({ text: "one two three four", ending: WHOLE });
    }
    expect(injected()).toEqual([]);
  });

  test("a whole answer in one document is cut as a whole", async () => {
    const document = { ...textEvent("all", "stop"), whole: true };
    const { hit } = setUp({ faults: [{ type: "cut", afterContentEvents: 1 }] }, [{ steps: [{ give: [document] }] }]);
    expect((await hit()).outcome).toMatchObject({ type: "failure", reason: "chaos-cut" });
  });
});

describe("whom it spares", () => {
  const always = { share: 0.5 };
  const shareOf = async ({ ask, injected }: ReturnType<typeof setUp>, call: () => ReturnType<typeof testCall>) => {
    for (let index = 0; index < 200; index++) await ask(call());
    return injected().length / 200;
  };

  test("about the set share is hit", async () => {
    const share = await shareOf(setUp({ share: 0.2 }), () => testCall());
    expect(share).toBeGreaterThan(0.13);
    expect(share).toBeLessThan(0.27);
  });

  test("critical calls, unless they are asked for", async () => {
    expect(await shareOf(setUp(always), () => testCall({ priority: 1 }))).toBe(0);
    expect(await shareOf(setUp({ ...always, critical: true }), () => testCall({ priority: 1 }))).toBeGreaterThan(0.4);
    expect(await shareOf(setUp(always), () => testCall({ priority: 2 }))).toBeGreaterThan(0.4);
  });

  test("calls that were hit before", async () => {
    const wasHit = () => {
      const call = testCall();
      call.trace.attempts.push({ provider: "p", outcome: "overloaded", ms: 1, chaos: "overloaded" });
      return call;
    };
    expect(await shareOf(setUp(always), wasHit)).toBe(0);
  });

  test("other providers", () => {
    const { chaos, clock } = setUp({ providers: ["q"] });
    const { adapter } = scriptedAdapter(clock, [sound]);
    expect(chaos.around("p", adapter)).toBe(adapter);
    expect(chaos.around("q", adapter)).not.toBe(adapter);
  });

  test("everybody once its time is over", async () => {
    const stage = setUp(always);
    await stage.clock.advance(HOUR);
    expect(await shareOf(stage, () => testCall())).toBe(0);
  });

  test("a provider in real trouble, until that is over", async () => {
    const { ask, injected, clock } = setUp(always, [...Array.from({ length: 60 }, () => broken), sound]);
    for (let index = 0; index < 40; index++) await ask();
    const soFar = injected().length;
    for (let index = 0; index < 15; index++) await ask();
    expect(injected()).toHaveLength(soFar);
    await clock.advance(60_000);
    for (let index = 0; index < 60; index++) await ask();
    expect(injected().length).toBeGreaterThan(soFar);
  });
});

test("what breaks on purpose is given up upstream too", async () => {
  for (const fault of [
    { type: "latency", ms: 9_000 },
    { type: "cut", afterContentEvents: 1 },
  ] as const) {
    const clock = new VirtualClock();
    const environment = { clock, random: { next: () => 0 } };
    const stream = scriptedStream(clock, [{ give: [textEvent("one"), textEvent("two")] }]);
    const chaos = new Chaos({ share: 0.5, faults: [fault], until: clock.wallTime() + HOUR }, environment);
    const adapter = chaos.around("p", () => Promise.resolve({ type: "raw-answer", model: "m", stream }));
    const abort = new AbortController();
    const exchange = adapter(testCall(), { signal: abort.signal, connected: () => {} });
    await clock.advance(100);
    abort.abort(failure("overloaded", "first-token-timeout", "too late"));
    const raw = await exchange;
    if (raw.type === "raw-answer") await clock.run(drain(raw.stream));
    expect(stream.cancelled).toMatchObject({ kind: fault.type === "cut" ? "fault" : "overloaded" });
  }
});

test("nothing is injected that is not marked, and nothing is marked that was not injected", async () => {
  const faults = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant("latency" as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
      fc.record({
        type: fc.constant("failure" as const),
        kind: fc.constantFrom("overloaded" as const, "fault" as const),
      }),
      fc.record({ type: fc.constant("cut" as const), afterContentEvents: fc.nat(6) }),
    ),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(faults, async (drawn) => {
      const { ask, injected } = setUp({ faults: drawn });
      let marked = 0;
      for (let index = 0; index < 12; index++) {
        const { end, record } = await ask();
        if (record?.chaos !== undefined) marked++;
        // Whoever is not marked has had the provider's own answer, at the provider's own speed.
        else expect([end?.text, record?.ms]).toEqual(["one two three four", 100]);
      }
      expect(injected()).toHaveLength(marked);
    }),
    { numRuns: 25 },
  );
});

describe("options", () => {
  const { clock } = setUp({});
  test.each([
    [{ share: 0 }, /share above 0 and up to 0.5, got 0/],
    [{ share: 0.6 }, /up to 0.5, got 0.6/],
    [{ faults: [] }, /at least one fault/],
    [{ faults: [{ type: "latency", ms: 0 } as const] }, /"ms":0/],
    [{ faults: [{ type: "cut", afterContentEvents: 1.5 } as const] }, /1.5/],
    [{ until: clock.wallTime() + 25 * HOUR }, /within a day, by 2026-11-23T00:00:00.000Z, got 2026-11-23T01/],
    [{ until: Number.NaN }, /within a day.*got NaN/],
  ])("%j is refused with its value", (overrides, message) => {
    expect(() => setUp(overrides)).toThrow(message);
  });
});

describe("real trouble", () => {
  /** A random source that decides by a switch whether the next attempt is hit. */
  function switched(script: readonly ScriptedAttempt[], routes = 1) {
    const clock = new VirtualClock();
    let hits = false;
    const random = { next: () => (hits ? 0 : 0.99) };
    const environment = { clock, random };
    const options: ChaosOptions = {
      share: 0.5,
      faults: [{ type: "failure", kind: "fault" }],
      until: clock.wallTime() + HOUR,
    };
    const chaos = new Chaos(options, environment);
    const { adapter } = scriptedAdapter(clock, script);
    const services = Array.from({ length: routes }, () =>
      attempt(
        chaos.around("p", adapter),
        {
          provider: "p",
          account: "p#1",
          origin: { rung: "live", provider: "p", degraded: false },
          connectMs: 5_000,
          firstTokenMs: () => 2_000,
          gapMs: 5_000,
          totalMs: 60_000,
        },
        environment,
      ),
    );
    const ask = async (route = 0) => {
      const call = testCall({ startedAt: clock.now(), deadline: clock.now() + 60_000 });
      const outcome = await clock.run(services[route]?.(call) ?? Promise.reject(new Error("There is no such route.")));
      if (outcome.type === "answer") await clock.run(drain(outcome.stream));
      return call.trace.attempts[0]?.chaos !== undefined;
    };
    /** Leaves so many attempts alone, then says whether the next would be hit. */
    const wouldHitAfter = async (untouched: number, route = 0) => {
      for (let index = 0; index < untouched; index++) await ask();
      hits = true;
      const hit = await ask(route);
      hits = false;
      return hit;
    };
    return { wouldHitAfter };
  }
  const good = (count: number) => Array.from({ length: count }, () => sound);
  const failing = (kind: "overloaded" | "fault" | "caller") => ({ failure: failure(kind, "x", "x") });
  const cutStream: ScriptedAttempt = {
    steps: [{ give: [textEvent("one")] }, { give: { type: "ending", failure: failure("fault", "cut", "cut") } }],
  };

  test.each<[string, readonly ScriptedAttempt[], boolean]>([
    ["nine of which one failed are too few to say", [...good(8), failing("fault")], true],
    ["ten of which one failed are trouble", [...good(9), failing("fault")], false],
    ["to be overloaded is trouble too", [...good(9), failing("overloaded")], false],
    ["a cut answer is trouble too", [...good(9), cutStream], false],
    ["the caller's fault is none", [...good(9), failing("caller")], true],
    ["eleven of which one failed are no trouble", [...good(10), failing("fault")], true],
  ])("%s", async (_, script, hit) => {
    expect(await switched(script).wouldHitAfter(script.length)).toBe(hit);
  });

  test("is known to all routes of the provider", async () => {
    const script = [...good(9), failing("fault")];
    expect(await switched(script, 2).wouldHitAfter(10, 1)).toBe(false);
  });
});

test("an attempt that fails by itself is not marked as cut or late", async () => {
  for (const fault of [
    { type: "cut", afterContentEvents: 0 },
    { type: "latency", ms: 500 },
  ] as const) {
    const clock = new VirtualClock();
    const environment = { clock, random: { next: () => 0 } };
    const chaos = new Chaos({ share: 0.5, faults: [fault], until: clock.wallTime() + HOUR }, environment);
    const own = failure("overloaded", "http-503", "busy");
    const adapter = chaos.around("p", () => Promise.resolve(own));
    const signal = new AbortController().signal;
    expect(await adapter(testCall(), { signal, connected: () => {} })).toBe(own);
    expect(clock.now()).toBe(0);
  }
});

test("each of several faults is drawn", async () => {
  const { ask } = setUp({
    faults: [
      { type: "failure", kind: "overloaded" },
      { type: "failure", kind: "fault" },
    ],
  });
  const seen = new Set<string | undefined>();
  for (let index = 0; index < 60; index++) seen.add((await ask()).record?.chaos);
  expect([...seen].toSorted()).toEqual(["fault", "overloaded", undefined]);
});

test("the ends of what may be set are allowed, and chaos is over at its end, not after it", async () => {
  const clock = new VirtualClock();
  const options: ChaosOptions = {
    share: 0.5,
    faults: [{ type: "cut", afterContentEvents: 0 }],
    until: clock.wallTime() + 24 * HOUR,
  };
  expect(() => new Chaos(options, { clock, random: seededRandom(1) })).not.toThrow();
  const negative: ChaosOptions = { ...options, faults: [{ type: "cut", afterContentEvents: -1 }] };
  expect(() => new Chaos(negative, { clock, random: seededRandom(1) })).toThrow(/-1/);
  const { ask, injected, clock: own } = setUp({ share: 0.5, until: new VirtualClock().wallTime() + 1_000 });
  await own.advance(1_000);
  for (let index = 0; index < 30; index++) await ask();
  expect(injected()).toHaveLength(0);
});

describe("a stream that is cut", () => {
  const blank = { ...textEvent(" "), substance: "blank" } as const;

  test("counts content only, stays cut, and is told apart from the provider's own words", async () => {
    const clock = new VirtualClock();
    const inner = scriptedStream(clock, [{ give: [blank, textEvent("one")] }, { give: [textEvent("two")] }]);
    let cuts = 0;
    const stream = new CutStream(inner, 1, () => cuts++);
    expect(await clock.run(stream.read())).toMatchObject({ type: "batch", events: [blank, { substance: "content" }] });
    const ending = await clock.run(stream.read());
    expect(ending).toMatchObject({
      type: "ending",
      failure: { reason: "chaos-cut", message: expect.stringMatching(/./) },
    });
    expect(await stream.read()).toBe(ending);
    expect(cuts).toBe(1);
  });

  test("passes a caller's leaving on", () => {
    const inner = scriptedStream(new VirtualClock(), []);
    const gone = failure("cancelled", "caller-gone", "gone");
    new CutStream(inner, 3, () => {}).cancel(gone);
    expect(inner.cancelled).toBe(gone);
  });

  test("that has finished gives what follows its finish", async () => {
    const clock = new VirtualClock();
    const usage = { ...textEvent(""), usage: { promptTokens: 1, completionTokens: 1 } };
    const late = textEvent("late");
    const inner = scriptedStream(clock, [{ give: [textEvent("one", "stop"), usage, late] }, { give: WHOLE }]);
    const stream = new CutStream(inner, 1, () => {});
    expect(await clock.run(stream.read())).toMatchObject({ events: { length: 3 } });
    expect(await clock.run(stream.read())).toEqual(WHOLE);
  });
});
