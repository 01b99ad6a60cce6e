import fc from "fast-check";
import { expect, test } from "vitest";
import { RingWindow } from "./ring-window.ts";

test("the total equals a plain sum over the buckets that are still inside the window", () => {
  const step = fc.record({ wait: fc.integer({ min: 0, max: 90 }), amount: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new RingWindow(1, 6, 10);
      const seen: { bucket: number; amount: number }[] = [];
      let now = 1_000;
      for (const { wait, amount } of steps) {
        now += wait;
        window.add(now, 0, amount);
        seen.push({ bucket: Math.floor(now / 10), amount });
        const oldest = Math.floor(now / 10) - 5;
        const expected = seen.filter((entry) => entry.bucket >= oldest).reduce((sum, entry) => sum + entry.amount, 0);
        expect(window.total(now, 0)).toBe(expected);
      }
    }),
  );
});

test("a long idle gap forgets everything at once", () => {
  const window = new RingWindow(2, 12, 5_000);
  for (let at = 0; at < 60_000; at += 1_000) window.add(at, 1, 1);
  expect(window.total(59_000, 1)).toBe(60);
  expect(window.total(3_600_000, 1)).toBe(0);
});

test("sizes that make no sense are refused", () => {
  expect(() => new RingWindow(1, 0, 10)).toThrow(/buckets 0/);
});
