import fc from "fast-check";
import { expect, test } from "vitest";
import { Gcra } from "./gcra.ts";

const perSecond = (count: number, burst: number) => new Gcra({ count, perMs: 1_000, burst });

test("a burst passes at once, then as much as flows back", () => {
  const limit = perSecond(10, 5);
  for (let i = 0; i < 5; i++) expect(limit.reserve(0, 1)).toBe(0);
  expect(limit.reserve(0, 1)).toBe(100);
  expect(limit.reserve(99, 1)).toBe(1);
  expect(limit.reserve(100, 1)).toBe(0);
  expect(limit.reserve(100, 1)).toBe(100);
});

test("waiting as long as it says is enough", () => {
  const limit = perSecond(10, 20);
  limit.reserve(0, 20);
  const waitMs = limit.reserve(0, 13);
  expect(waitMs).toBe(1_300);
  expect(limit.reserve(waitMs, 13)).toBe(0);
});

test("what was reserved and not used comes back", () => {
  const limit = perSecond(10, 10);
  limit.reserve(0, 10);
  limit.settle(0, 10, 4);
  expect(limit.available(0)).toBe(6);
  expect(limit.reserve(0, 6)).toBe(0);
});

test("what was used beyond the reservation is paid off before anything else", () => {
  const limit = perSecond(10, 10);
  limit.reserve(0, 5);
  limit.settle(0, 5, 25);
  expect(limit.available(0)).toBe(-15);
  expect(limit.reserve(0, 1)).toBe(1_600);
});

test("a refund never grows into more than the burst", () => {
  const limit = perSecond(10, 10);
  limit.reserve(0, 10);
  limit.settle(60_000, 10, 0);
  expect(limit.available(60_000)).toBe(10);
  expect(limit.reserve(60_000, 10)).toBe(0);
  expect(limit.reserve(60_000, 1)).toBeGreaterThan(0);
});

test("more than the whole burst passes when nothing is taken, and only then", () => {
  const limit = perSecond(10, 10);
  expect(limit.reserve(0, 50)).toBe(0);
  expect(limit.reserve(0, 1)).toBe(4_100);
  expect(limit.reserve(4_500, 50)).toBe(500);
  expect(limit.full(5_000)).toBe(true);
});

test("in any stretch of time no more is used than the burst and what flows back meanwhile", () => {
  const step = fc.record({ afterMs: fc.nat(400), units: fc.integer({ min: 1, max: 20 }), usedShare: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const limit = perSecond(50, 20);
      const uses: { at: number; used: number }[] = [];
      let now = 0;
      for (const { afterMs, units, usedShare } of steps) {
        now += afterMs;
        if (limit.reserve(now, units) > 0) continue;
        const used = (units * usedShare) / 100;
        limit.settle(now, units, used);
        uses.push({ at: now, used });
      }
      for (const [index, { at: from }] of uses.entries()) {
        let sum = 0;
        for (const { at, used } of uses.slice(index)) {
          sum += used;
          expect(sum).toBeLessThanOrEqual(20 + (at - from) * 0.05 + 1e-6);
        }
      }
    }),
  );
});

test("a rate that lets nothing pass is refused with its values", () => {
  expect(() => new Gcra({ count: 0, perMs: 1_000, burst: 1 })).toThrow(/got 0 per 1000 ms, burst 1/);
});
