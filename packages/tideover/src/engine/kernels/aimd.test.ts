import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AimdLimit, type AimdShape } from "./aimd.ts";

const shape: AimdShape = {
  start: 20,
  minimum: 1,
  maximum: 200,
  lateRatio: 0.9,
  refusedRatio: 0.7,
  decreaseEveryMs: 1_000,
  alarm: 3,
  relief: 1.5,
  evidenceKept: 0.7,
  quietShare: 0.25,
  highestHalfLifeMs: 600_000,
  growthShare: 0.05,
  eagerMs: 10_000,
  waryMs: 60_000,
  idleMs: 60_000,
  driftHalfLifeMs: 60_000,
  statedForMs: 60_000,
  statedRise: 0.1,
};

const make = (changes: Partial<AimdShape> = {}) => new AimdLimit({ ...shape, ...changes });

/** So many late calls in a row, at full use, `everyMs` apart; gives the time after the last. */
function lateCalls(limit: AimdLimit, count: number, fromMs: number, everyMs: number): number {
  for (let call = 0; call < count; call++) limit.late(fromMs + call * everyMs, limit.current(fromMs));
  return fromMs + count * everyMs;
}

describe("growth", () => {
  test("before anything went wrong the limit doubles with a round of calls", () => {
    const limit = make();
    for (let call = 0; call < 20; call++) limit.onTime(call, 20);
    expect(limit.current(20)).toBe(40);
  });

  test("right after a decrease it grows by one per round", () => {
    const limit = make();
    const now = lateCalls(limit, 4, 0, 10);
    const before = limit.current(now);
    for (let call = 0; call <= before; call++) limit.onTime(now + call, before);
    expect(limit.current(now + before)).toBe(before + 1);
  });

  test("it grows faster the longer nothing has gone wrong, and later close to where it did", () => {
    const grown = (calmMs: number) => {
      const limit = make();
      const now = lateCalls(limit, 4, 0, 10) + calmMs;
      const before = limit.current(now);
      for (let call = 0; call < 20; call++) limit.onTime(now, before);
      return limit.current(now) - before;
    };
    expect(grown(55_000)).toBe(1);
    expect(grown(100_000)).toBeGreaterThan(2);
  });

  test("a limit that is not half used does not grow", () => {
    const limit = make();
    for (let call = 0; call < 1_000; call++) limit.onTime(call, 9);
    expect(limit.current(1_000)).toBe(20);
  });

  test("it ends at the maximum, headroom or not", () => {
    const limit = make();
    expect(limit.current(0, 1.1)).toBe(22);
    for (let call = 0; call < 1_000; call++) limit.onTime(call, 200);
    expect(limit.current(1_000)).toBe(200);
    expect(limit.current(1_000, 1.1)).toBe(200);
  });
});

describe("decrease", () => {
  test("at most once a second, however many are late", () => {
    const limit = make();
    lateCalls(limit, 50, 0, 10);
    expect(limit.current(500)).toBe(18);
    limit.late(1_100, 18);
    expect(limit.current(1_100)).toBe(16);
  });

  test("late calls in a row bring it down to one", () => {
    const limit = make();
    const now = lateCalls(limit, 200, 0, 1_000);
    expect(limit.current(now)).toBe(1);
  });

  test("late calls among others on time are noise, up to more than half of them", () => {
    for (const every of [20, 4, 2]) {
      const limit = make();
      for (let call = 1; call <= 400; call++) {
        if (call % every === 0) limit.late(call * 200, 20);
        else limit.onTime(call * 200, 9);
      }
      expect(limit.current(80_000)).toBe(20);
    }
    const limit = make();
    for (let call = 1; call <= 400; call++) {
      if (call % 4 === 0) limit.onTime(call * 1_000, 1);
      else limit.late(call * 1_000, 1);
    }
    expect(limit.current(400_000)).toBeLessThan(10);
  });

  test("calls sent before it took effect are no reason for another one, unless nothing else comes", () => {
    const limit = make();
    lateCalls(limit, 3, 0, 10);
    expect(limit.current(30)).toBe(18);
    limit.late(1_100, 20);
    expect(limit.current(1_100)).toBe(18);
    limit.late(1_200, 18);
    expect(limit.current(1_200)).toBe(16);
    for (let call = 0; call < 2; call++) limit.late(2_300 + call, 20);
    expect(limit.current(2_400)).toBe(16);
    for (let call = 0; call < 2; call++) limit.late(2_400 + call, 20);
    expect(limit.current(2_500)).toBe(14);
  });

  test("what is not in use goes first", () => {
    const limit = make();
    for (let call = 0; call < 80; call++) limit.onTime(0, 100);
    expect(limit.current(0)).toBe(100);
    for (let call = 0; call < 3; call++) limit.late(1, 40);
    expect(limit.current(1)).toBe(45);
  });
});

describe("refusals", () => {
  test("a 429 shrinks it at once, one that names concurrency by more", () => {
    const plain = make();
    plain.refused(0, 20);
    expect(plain.current(0)).toBe(18);
    const named = make();
    named.refused(0, 20, {});
    expect(named.current(0)).toBe(14);
  });

  test("a stated limit is adopted, kept for a minute and then probed upward slowly", () => {
    const limit = make();
    for (let call = 0; call < 80; call++) limit.onTime(0, 100);
    limit.refused(0, 100, { stated: 25 });
    expect(limit.current(0)).toBe(25);
    const use = (from: number, to: number) => {
      for (let now = from; now < to; now += 100) limit.onTime(now, limit.current(now));
    };
    use(0, 60_000);
    expect(limit.current(60_000)).toBe(25);
    use(60_000, 120_000);
    expect(limit.current(120_000)).toBe(27);
    use(120_000, 1_200_000);
    expect(limit.current(1_200_000)).toBeLessThan(80);
  });

  test("when others use the same account we make room below the stated limit", () => {
    const limit = make();
    limit.refused(0, 10, { stated: 25 });
    expect(limit.current(0)).toBe(14);
  });
});

describe("idleness", () => {
  test("with nothing to learn from it drifts back to its start, from above and from below", () => {
    const high = make();
    for (let call = 0; call < 80; call++) high.onTime(0, 100);
    expect(high.current(60_000)).toBe(100);
    expect(high.current(120_000)).toBe(60);
    expect(high.current(3_600_000)).toBe(20);
    expect(high.isAtRest(3_600_000)).toBe(true);
    const low = make();
    const now = lateCalls(low, 60, 0, 1_000);
    expect(low.isAtRest(now)).toBe(false);
    expect(low.current(now + 1_200_000)).toBeGreaterThanOrEqual(19);
  });
});

test("whatever happens, the limit is a whole number between its bounds", () => {
  const step = fc.record({
    afterMs: fc.nat(100_000),
    what: fc.constantFrom("on-time", "late", "refused", "stated"),
    inFlight: fc.integer({ min: 1, max: 300 }),
    stated: fc.nat(500),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const limit = make();
      let now = 1_000_000;
      for (const { afterMs, what, inFlight, stated } of steps) {
        now += afterMs;
        if (what === "on-time") limit.onTime(now, inFlight);
        else if (what === "late") limit.late(now, inFlight);
        else limit.refused(now, inFlight, what === "stated" ? { stated } : undefined);
        const current = limit.current(now);
        expect(Number.isInteger(current)).toBe(true);
        expect(current).toBeGreaterThanOrEqual(1);
        expect(current).toBeLessThanOrEqual(200);
      }
    }),
  );
});

test("a shape that cannot work is refused with its value", () => {
  expect(() => make({ alarm: 0 })).toThrow(/alarm > 0, got 0/);
  expect(() => make({ start: 300 })).toThrow(/got 1, 300 and 200/);
  expect(() => make({ lateRatio: 1 })).toThrow(/lateRatio < 1, got 1/);
});
