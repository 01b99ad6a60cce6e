import { expect, test } from "vitest";
import { CoDel } from "./codel.ts";

const make = () => new CoDel({ targetMs: 500, intervalMs: 10_000 });

/** Feeds the same delay every 100 ms and gives the times at which something was to be dropped. */
function feed(queue: CoDel, delayMs: number, fromMs: number, toMs: number): number[] {
  const drops: number[] = [];
  for (let at = fromMs; at < toMs; at += 100) if (queue.observe(at, delayMs)) drops.push(at);
  return drops;
}

test("a burst shorter than the interval is none of its business", () => {
  const queue = make();
  expect(feed(queue, 5_000, 0, 9_900)).toEqual([]);
  queue.observe(9_900, 499);
  expect(feed(queue, 5_000, 10_000, 19_900)).toEqual([]);
  expect(queue.standing).toBe(false);
});

test("a standing queue loses one after an interval, then more and more quickly", () => {
  const queue = make();
  const drops = feed(queue, 600, 0, 45_000);
  expect(drops.slice(0, 4)).toEqual([10_000, 20_000, 27_100, 32_900]);
  expect(queue.standing).toBe(true);
});

test("one short delay ends it", () => {
  const queue = make();
  feed(queue, 600, 0, 30_000);
  expect(queue.observe(30_000, 0)).toBe(false);
  expect(queue.standing).toBe(false);
});

test("a queue that stands again soon after goes on nearly where it was", () => {
  const soon = make();
  feed(soon, 600, 0, 60_000);
  soon.observe(60_000, 0);
  const late = make();
  feed(late, 600, 0, 60_000);
  late.observe(60_000, 0);
  expect(feed(soon, 600, 61_000, 91_000).length).toBeGreaterThan(feed(late, 600, 400_000, 430_000).length);
});

test("times that make no sense are refused", () => {
  expect(() => new CoDel({ targetMs: 0, intervalMs: 1 })).toThrow(/got 0 and 1/);
});

test("an interval of nothing is refused", () => {
  expect(() => new CoDel({ targetMs: 1, intervalMs: 0 })).toThrow();
});
