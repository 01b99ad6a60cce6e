import { expect, test } from "vitest";
import { BusyAim, type BusyAimShape } from "./busy-aim.ts";
import { seededRandom } from "./seeded-random.ts";

const SHAPE: BusyAimShape = {
  most: 0.94,
  least: 0.75,
  delayMs: 20,
  lateShare: 0.01,
  fadeMs: 10_000,
  doubleMs: 20_000,
  halveMs: 30_000,
};
const LOOK_MS = 50;
const FIVE_MINUTES = 300_000;

/** Looks at a loop for a while. @returns the share of looks that were late, of the last half of them */
function watch(aim: BusyAim, from: number, delayOf: (now: number, share: number) => number): number {
  let late = 0;
  let looks = 0;
  for (let now = from; now < from + FIVE_MINUTES; now += LOOK_MS) {
    const delay = delayOf(now, aim.share);
    aim.observe(now, delay);
    if (now < from + FIVE_MINUTES / 2) continue;
    looks++;
    if (delay > SHAPE.delayMs) late++;
  }
  return late / looks;
}

/** A loop that stands still for `pauseMs` so often, seen at any time: after a pause it catches up with what it has idle. */
function pausing(pauseMs: number, everyMs: number) {
  const random = seededRandom(7);
  return (_now: number, share: number) => {
    const since = random.next() * everyMs;
    return since < pauseMs ? pauseMs - since : Math.max(0, pauseMs - (since - pauseMs) * (1 - share));
  };
}

test("a punctual loop is used as far as may be", () => {
  const aim = new BusyAim(SHAPE);
  watch(aim, 0, () => 3);
  expect(aim.share).toBeCloseTo(0.94);
});

test("pauses that make it late too often leave more of it idle, just so much that it is punctual enough", () => {
  const aim = new BusyAim(SHAPE);
  const fixed = new BusyAim({ ...SHAPE, least: 0.94 });
  expect(watch(fixed, 0, pausing(22, 2_000))).toBeGreaterThan(0.015);
  const late = watch(aim, 0, pausing(22, 2_000));
  expect(late).toBeGreaterThan(0.003);
  expect(late).toBeLessThan(0.0125);
  expect(aim.share).toBeGreaterThan(0.76);
  expect(aim.share).toBeLessThan(0.93);
});

test("when the pauses are gone, what was left idle is used again", () => {
  const aim = new BusyAim(SHAPE);
  watch(aim, 0, pausing(30, 500));
  expect(aim.share).toBeCloseTo(0.75);
  watch(aim, FIVE_MINUTES, () => 3);
  expect(aim.share).toBeCloseTo(0.94);
});

test("a loop that stood still altogether, and what it then catches up with, says nothing", () => {
  const aim = new BusyAim(SHAPE);
  let delay = 0;
  watch(aim, 0, (now) => {
    delay = now % 2_000 === 0 ? 200 : Math.max(0, delay - 15);
    return delay;
  });
  expect(aim.share).toBeCloseTo(0.94);
});

test("looks that are far apart count as one", () => {
  const aim = new BusyAim(SHAPE);
  aim.observe(0, 0);
  aim.observe(3_600_000, 30);
  expect(aim.share).toBeGreaterThan(0.9);
});

test("a shape that cannot work is refused", () => {
  expect(() => new BusyAim({ ...SHAPE, most: 1 })).toThrow(/"most":1/);
  expect(() => new BusyAim({ ...SHAPE, least: 0.95 })).toThrow(RangeError);
  expect(() => new BusyAim({ ...SHAPE, halveMs: 0 })).toThrow(RangeError);
});
