import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Answered, type Level, type ServiceFacts, ServiceLevel } from "./service-level.ts";

const SHAPE = { windowMs: 10_000, minimum: 5, outage: 0.5, degraded: 0.2, busy: 0.2, leaveAt: 0.5, holdMs: 5_000 };
const WELL: ServiceFacts = { able: "all", hasLastResort: true, pressed: false };

/** One answer each 100 ms. */
function answer(level: ServiceLevel, from: number, count: number, kinds: readonly Answered[]): number {
  for (let index = 0; index < count; index++) {
    level.note(from + index * 100, kinds[index % kinds.length] ?? "well");
    level.read(from + index * 100, WELL);
  }
  return from + count * 100;
}

describe("a level gets worse at once", () => {
  test.each<[readonly Answered[], Level]>([
    [["well"], 0],
    [["well", "well", "well", "well", "elsewhere"], 1],
    [["well", "well", "well", "well", "worse"], 2],
    [["not", "worse"], 3],
    [["not"], 3],
    // One in ten is an accident.
    [["well", "well", "well", "well", "well", "well", "well", "well", "well", "not"], 0],
  ])("%j is level %i", (kinds, expected) => {
    const level = new ServiceLevel(SHAPE, 0);
    const now = answer(level, 0, 50, kinds);
    expect(level.read(now, WELL)).toBe(expected);
  });

  test("four failures say nothing, the fifth does", () => {
    const level = new ServiceLevel(SHAPE, 0);
    answer(level, 0, 4, ["not"]);
    expect(level.read(400, WELL)).toBe(0);
    level.note(500, "not");
    expect(level.read(500, WELL)).toBe(3);
    expect(level.since).toBe(500);
  });
});

test.each<[Partial<ServiceFacts>, Level]>([
  [{ able: "none", hasLastResort: false }, 3],
  [{ able: "none" }, 2],
  [{ able: "some" }, 1],
  [{ pressed: true }, 1],
])("without traffic the facts decide: %j", (facts, expected) => {
  expect(new ServiceLevel(SHAPE, 0).read(0, { ...WELL, ...facts })).toBe(expected);
});

test("it gets better one step at a time, each after what made it worse has been gone for a while", () => {
  const level = new ServiceLevel(SHAPE, 0);
  answer(level, 0, 50, ["not"]);
  const seen: [number, Level][] = [];
  for (let now = 5_000; now <= 40_000; now += 100) {
    level.note(now, "well");
    const read = level.read(now, WELL);
    if (seen.at(-1)?.[1] !== read) seen.push([now, read]);
  }
  expect(seen.map(([, read]) => read)).toEqual([3, 2, 1, 0]);
  const [, toDegraded, toBusy, toNormal] = seen.map(([at]) => at);
  // The failures leave the window 15 s after the beginning; below half of the share already before.
  expect(toDegraded).toBeGreaterThan(10_000);
  expect((toBusy ?? 0) - (toDegraded ?? 0)).toBeGreaterThanOrEqual(4_900);
  expect((toNormal ?? 0) - (toBusy ?? 0)).toBeGreaterThanOrEqual(4_900);
});

test("a share between leaving and entering keeps the level from flapping", () => {
  const level = new ServiceLevel(SHAPE, 0);
  let now = answer(level, 0, 100, ["worse", "well", "well", "well"]);
  expect(level.read(now, WELL)).toBe(2);
  // 15% is less than what it is entered at and more than what it is left at.
  const levels = new Set<Level>();
  for (let round = 0; round < 30; round++) {
    now = answer(level, now, 20, [...Array(3).fill("worse"), ...Array(17).fill("well")]);
    levels.add(level.read(now, WELL));
  }
  expect([...levels]).toEqual([2]);
});

test("whoever looks after an hour finds it normal", () => {
  const level = new ServiceLevel(SHAPE, 0);
  answer(level, 0, 50, ["not"]);
  level.read(3_600_000, WELL);
  expect(level.read(3_620_000, WELL)).toBe(0);
});

test("it never gets better by more than a step in the time of a hold", () => {
  const kinds = fc.constantFrom<Answered>("well", "elsewhere", "worse", "not");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), kinds), { maxLength: 200 }), (steps) => {
      const level = new ServiceLevel(SHAPE, 0);
      let now = 0;
      let before = level.read(0, WELL);
      let betterAt = Number.NEGATIVE_INFINITY;
      for (const [afterMs, kind] of steps) {
        now += afterMs;
        level.note(now, kind);
        const read = level.read(now, WELL);
        if (read < before) {
          expect(before - read).toBe(1);
          expect(now - betterAt).toBeGreaterThanOrEqual(SHAPE.holdMs - 900);
          betterAt = now;
        }
        before = read;
      }
    }),
  );
});

test.each([
  [{ windowMs: 0 }, /windowMs > 0, got 0/],
  [{ leaveAt: 2 }, /leaveAt <= 1, got 2/],
  [{ holdMs: -1 }, /holdMs > 0, got -1/],
])("%j is refused", (change, message) => {
  expect(() => new ServiceLevel({ ...SHAPE, ...change }, 0)).toThrow(message);
});
