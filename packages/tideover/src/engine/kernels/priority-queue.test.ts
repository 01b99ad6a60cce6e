import fc from "fast-check";
import { expect, test } from "vitest";
import { PriorityQueue, type QueueEntry } from "./priority-queue.ts";

const drain = (queue: PriorityQueue<string>, underPressure: boolean) => {
  const items: string[] = [];
  for (let next = queue.takeNext(underPressure); next !== undefined; next = queue.takeNext(underPressure)) {
    items.push(next.item);
  }
  return items;
};

function filled(): PriorityQueue<string> {
  const queue = new PriorityQueue<string>(3, 10);
  queue.push(1, true, 1, "b1");
  queue.push(1, false, 2, "b2");
  queue.push(0, true, 3, "a1");
  queue.push(1, true, 4, "b3");
  queue.push(0, true, 5, "a2");
  queue.push(2, false, 6, "c1");
  return queue;
}

test("levels are strict, and within one the oldest comes first", () => {
  expect(drain(filled(), false)).toEqual(["a1", "a2", "b1", "b2", "b3", "c1"]);
});

test("under pressure the newest of the hasty come first, then the oldest of the patient", () => {
  expect(drain(filled(), true)).toEqual(["a2", "a1", "b3", "b1", "b2", "c1"]);
});

test("room is made at the end, never at one's own level or before", () => {
  const queue = filled();
  expect(queue.takeLast(1)?.item).toBe("c1");
  expect(queue.takeLast(1)).toBeUndefined();
  expect(queue.takeLast(0)?.item).toBe("b1");
  expect(queue.size).toBe(4);
});

test("it counts by level and knows who has waited longest", () => {
  const queue = filled();
  expect([queue.sizeOf(0), queue.sizeOf(1), queue.sizeOf(2)]).toEqual([2, 3, 1]);
  expect(queue.sizeUpTo(1)).toBe(5);
  expect(queue.oldestEnqueuedAt()).toBe(1);
  drain(queue, false);
  expect(queue.oldestEnqueuedAt()).toBeUndefined();
});

test("a full queue takes no more, and a level must exist", () => {
  const queue = new PriorityQueue<string>(1, 1);
  queue.push(0, true, 0, "x");
  expect(queue.isFull).toBe(true);
  expect(() => queue.push(0, true, 0, "y")).toThrow(/holds its 1/);
  expect(() => queue.sizeOf(1)).toThrow(/no level 1/);
});

test("in any order of coming and going nobody is lost, served twice, or overtaken by a lower level", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("push" as const), level: fc.nat(2), hasty: fc.boolean() }),
    fc.record({ do: fc.constant("take" as const), underPressure: fc.boolean() }),
    fc.record({ do: fc.constant("remove" as const), which: fc.nat(50) }),
    fc.record({ do: fc.constant("drop" as const), after: fc.integer({ min: -1, max: 1 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = new PriorityQueue<number>(3, 20);
      const waiting: QueueEntry<number>[] = [];
      const leave = (entry: QueueEntry<number> | undefined) => {
        if (entry === undefined) return;
        const at = waiting.indexOf(entry);
        expect(at).toBeGreaterThanOrEqual(0);
        waiting.splice(at, 1);
      };
      for (const [number, step] of steps.entries()) {
        if (step.do === "push" && !queue.isFull) waiting.push(queue.push(step.level, step.hasty, number, number));
        if (step.do === "take") {
          const first = Math.min(...waiting.map(({ level }) => level));
          expect(queue.firstLevel ?? Number.POSITIVE_INFINITY).toBe(first);
          const taken = queue.takeNext(step.underPressure);
          expect(taken?.level ?? Number.POSITIVE_INFINITY).toBe(first);
          leave(taken);
        }
        if (step.do === "remove") {
          const entry = waiting[step.which % Math.max(1, waiting.length)];
          if (entry === undefined) continue;
          queue.remove(entry);
          queue.remove(entry);
          leave(entry);
        }
        if (step.do === "drop") {
          const last = Math.max(...waiting.map(({ level }) => level));
          const dropped = queue.takeLast(step.after);
          expect(dropped === undefined).toBe(last <= step.after);
          leave(dropped);
        }
        expect(queue.size).toBe(waiting.length);
        for (const level of [0, 1, 2]) {
          expect(queue.sizeOf(level)).toBe(waiting.filter((entry) => entry.level === level).length);
        }
      }
    }),
  );
});

test.each([
  [0, 10],
  [-1, 10],
  [2, 0],
  [2, -1],
])("%i levels with a capacity of %i are refused", (levels, capacity) => {
  expect(() => new PriorityQueue(levels, capacity)).toThrow(
    `A priority queue needs levels and a capacity above 0, got ${levels} and ${capacity}`,
  );
});
