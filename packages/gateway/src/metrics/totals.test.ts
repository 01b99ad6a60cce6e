import type { Call, EngineEvent } from "tideover/engine";
import { failure, newTrace } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { testCall, VirtualClock } from "tideover/testing";
import { describe, expect, test, vi } from "vitest";
import { quantileOf } from "./log-buckets.ts";
import { histogramOf, mergeSnapshots, subtractSnapshots, type TotalsSnapshot, totalOf, totalsBy } from "./snapshot.ts";
import { Totals } from "./totals.ts";

function exchange(changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    requestId: "r",
    method: "POST",
    endpoint: "/v1/chat/completions",
    operation: "chat",
    model: "m",
    route: "copy",
    stream: true,
    result: "answered",
    status: 200,
    origin: { rung: "live", provider: "p", degraded: false },
    trace: { attempts: [{ provider: "p", outcome: "answered", ms: 100, totalMs: 900 }], seams: [] },
    startedAt: 0,
    outcomeMs: 130,
    totalMs: 1_000,
    ...changes,
  };
}

function totals(parts: Partial<ConstructorParameters<typeof Totals>[0]> = {}): Totals {
  return new Totals({ clock: new VirtualClock(), ...parts });
}

describe("an exchange", () => {
  test("is counted by route, rung, provider, result and whether it was degraded", () => {
    const counted = totals();
    counted.exchangeStarted();
    counted.exchangeEnded(exchange());
    counted.exchangeEnded(exchange({ result: "failed", origin: undefined, code: "ladder_exhausted" }));
    const { counters } = counted.snapshot();
    expect(counters.requests).toEqual({ "copy\nlive\np\nanswered\n0": 1, "copy\n\n\nfailed\n0": 1 });
    expect(counters.errors).toEqual({ "copy\nladder_exhausted": 1 });
    expect(counters.requestsStarted).toEqual({ "": 1 });
  });

  test("that a degraded provider went on with is degraded", () => {
    const counted = totals();
    const seams = [{ at: 3, from: "p", to: "box", mode: "prefix", degraded: true }];
    counted.exchangeEnded(exchange({ trace: { attempts: [], seams } }));
    expect(totalOf(counted.snapshot(), "requests", undefined, undefined, undefined, undefined, "1")).toBe(1);
  });

  test.each<[string, Partial<ExchangeRecord>, number | undefined]>([
    ["of a stream: the time to its first token", {}, 30],
    ["of a document: the time to its end", { stream: false, outcomeMs: 920 }, 20],
    ["that was not answered", { result: "failed" }, undefined],
    [
      "with a seam",
      { trace: { ...exchange().trace, seams: [{ at: 1, from: "p", to: "q", mode: "prefix" }] } },
      undefined,
    ],
    ["from the cache", { trace: newTrace() }, undefined],
  ])("overhead %s", (_, changes, expected) => {
    const counted = totals();
    counted.exchangeEnded(exchange(changes));
    const histogram = histogramOf(counted.snapshot(), "overheadMs");
    expect(histogram.count === 0 ? undefined : histogram.sum).toBe(expected);
  });

  test("of a probe has no duration among those of requests", () => {
    const counted = totals();
    counted.exchangeEnded(exchange({ method: "GET", endpoint: "/healthz", operation: undefined, route: undefined }));
    expect(counted.snapshot().histograms).toEqual({});
  });
});

describe("attempts", () => {
  const ended = (changes: Partial<Extract<EngineEvent, { type: "attempt-ended" }>> = {}): EngineEvent => ({
    type: "attempt-ended",
    call: testCall(),
    record: { provider: "p", outcome: "answered", ms: 100 },
    totalMs: 900,
    model: "m",
    usage: { promptTokens: 10, completionTokens: 50, cachedPromptTokens: 4 },
    longestGapMs: 40,
    contentEvents: 50,
    ...changes,
  });

  test("that end are counted with their tokens, their cost and their longest silence", () => {
    const counted = totals({
      costOf: (provider, model, usage) =>
        provider === "p" && model === "m" ? usage.completionTokens / 100 : undefined,
    });
    counted.engineEvent(ended());
    const snapshot = counted.snapshot();
    expect(snapshot.counters.tokens).toEqual({ "p\ninput": 10, "p\noutput": 50, "p\ncached": 4 });
    expect(snapshot.counters.cost).toEqual({ p: 0.5 });
    expect(histogramOf(snapshot, "gapMs", "p")).toMatchObject({ count: 1, sum: 40 });
    expect(snapshot.counters.wastedTokens).toBeUndefined();
  });

  test("are counted behind the answer, and when 256 of them wait at the latest", () => {
    const costOf = vi.fn(() => 1);
    const counted = totals({ costOf });
    counted.engineEvent(ended());
    expect(costOf).not.toHaveBeenCalled();
    counted.exchangeEnded(exchange());
    expect(costOf).toHaveBeenCalledTimes(1);
    for (let event = 0; event < 256; event++) counted.engineEvent(ended());
    expect(costOf).toHaveBeenCalledTimes(257);
  });

  test.each([
    ["cut", "cut"],
    ["cancelled", "abandoned"],
  ] as const)("that end as %s have wasted what they gave", (outcome, why) => {
    const counted = totals();
    counted.engineEvent(
      ended({ record: { provider: "p", outcome, reason: "reset", ms: 1 }, usage: undefined, contentEvents: 7 }),
    );
    expect(counted.snapshot().counters.wastedTokens).toEqual({ [why]: 7 });
  });
});

test("calls of jobs are told apart from those of requests, and end once each", () => {
  const counted = totals();
  const end = (call: Call, kind?: "overloaded" | "cancelled") => {
    const failed = kind === undefined ? undefined : failure(kind, "why", "why");
    const outcome = {
      type: "answer",
      origin: { rung: "live", degraded: false },
      stream: { read: () => Promise.resolve({ type: "ending" } as const), cancel: () => undefined },
    } as const;
    counted.engineEvent({ type: "call-started", call });
    counted.engineEvent({ type: "call-ended", call, outcome, ending: { type: "ending", failure: failed }, ms: 1 });
  };
  end(testCall());
  end(testCall(), "overloaded");
  end(testCall(), "cancelled");
  end(testCall({ ticketed: true }));
  const { counters } = counted.snapshot();
  expect(counters.callsStarted).toEqual({ request: 3, job: 1 });
  expect(counters.calls).toEqual({
    "request\nanswered": 1,
    "request\ncut": 1,
    "request\ncancelled": 1,
    "job\nanswered": 1,
  });
});

test("no number of made-up names makes more than a thousand series, and none is lost", () => {
  const counted = totals();
  for (let one = 0; one < 100; one++) {
    for (let other = 0; other < 100; other++) counted.add("hedges", 1, `p${one}`, `q${other}`);
  }
  const { hedges = {} } = counted.snapshot().counters;
  expect(Object.keys(hedges).length).toBeLessThanOrEqual(1_024);
  expect(Object.values(hedges).reduce((sum, count) => sum + count, 0)).toBe(10_000);
  expect(hedges["other\nother"]).toBeGreaterThan(0);
});

test("a name with a line break is one label", () => {
  const counted = totals();
  counted.add("retries", 1, "a\nb");
  expect(counted.snapshot().counters.retries).toEqual({ "a b": 1 });
});

describe("snapshots", () => {
  const gauges = { inFlight: { p: 3 }, breakerState: { p: 2 } };

  function two(): { before: TotalsSnapshot; after: TotalsSnapshot } {
    const counted = totals({ gauges: () => gauges });
    counted.add("retries", 2, "p");
    counted.observe("firstTokenMs", 100, "p");
    const before = counted.snapshot();
    counted.add("retries", 3, "p");
    counted.add("retries", 1, "q");
    counted.observe("firstTokenMs", 400, "p");
    return { before, after: counted.snapshot() };
  }

  test("survive JSON", () => {
    const { after } = two();
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  });

  test("subtracted are what came in between, with the later gauges", () => {
    const { before, after } = two();
    const between = subtractSnapshots(after, before);
    expect(between.counters).toEqual({ retries: { p: 3, q: 1 } });
    expect(quantileOf(histogramOf(between, "firstTokenMs"), 0.5)).toBeGreaterThan(300);
    expect(between.gauges).toEqual(gauges);
    expect(subtractSnapshots(after, after).counters).toEqual({});
  });

  test("of a process that began anew count from its beginning", () => {
    const { before, after } = two();
    const anew = { ...after, since: after.since + 5_000 };
    expect(subtractSnapshots(anew, before)).toBe(anew);
  });

  test("merged are the sum, but for gauges that are states", () => {
    const { after } = two();
    const both = mergeSnapshots([after, after]);
    expect(both?.counters.retries).toEqual({ p: 10, q: 2 });
    expect(both?.histograms.firstTokenMs?.p?.count).toBe(4);
    expect(both?.gauges).toEqual({ inFlight: { p: 6 }, breakerState: { p: 2 } });
    expect(mergeSnapshots([])).toBeUndefined();
  });

  test("are read by label", () => {
    const { after } = two();
    expect([totalOf(after, "retries"), totalOf(after, "retries", "q")]).toEqual([6, 1]);
    expect(totalsBy(after, "retries", 0)).toEqual({ p: 5, q: 1 });
  });
});
