import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { TimerQueue } from "./timer-queue.ts";

/** Takes all that is due, and tells their names in order. */
function takeAll(queue: TimerQueue, now: number, told: readonly unknown[]): readonly unknown[] {
  for (let due = queue.takeDue(now); due !== undefined; due = queue.takeDue(now)) due.callback();
  return told;
}

test("timers come in the order of their times, and of their scheduling where these are equal", () => {
  const queue = new TimerQueue();
  const told: string[] = [];
  for (const [at, name] of [
    [20, "c"],
    [10, "a"],
    [10, "b"],
    [30, "d"],
  ] as const) {
    queue.add(at, () => told.push(name));
  }
  expect(queue.nextAt).toBe(10);
  expect(queue.takeDue(9.9)).toBeUndefined();
  expect(takeAll(queue, 20, told)).toEqual(["a", "b", "c"]);
  expect([queue.size, queue.nextAt]).toEqual([1, 30]);
});

test("whatever is scheduled and cancelled, the rest fires in order, once", () => {
  const steps = fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), cancels: fc.option(fc.nat(400)) }), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(steps, (scheduled) => {
      const queue = new TimerQueue();
      const told: unknown[] = [];
      const live = new Map<number, number>();
      const timers = scheduled.map(({ at }, index) => queue.add(at, () => told.push(index)));
      for (const [index, { at }] of scheduled.entries()) live.set(index, at);
      for (const { cancels } of scheduled) {
        if (cancels === null) continue;
        timers[cancels]?.cancel();
        timers[cancels]?.cancel();
        live.delete(cancels);
      }
      expect(queue.size).toBe(live.size);
      const expected = [...live].sort(([a, atA], [b, atB]) => atA - atB || a - b).map(([index]) => index);
      expect(takeAll(queue, 50, told)).toEqual(expected);
      expect(queue.size).toBe(0);
    }),
  );
});

test("cancelling the last one is told, firing it is not; cancelling what has fired does nothing", () => {
  const onEmpty = vi.fn();
  const queue = new TimerQueue(onEmpty);
  const fired = queue.add(1, () => {});
  queue.takeDue(1);
  fired.cancel();
  expect(onEmpty).not.toHaveBeenCalled();
  const [first, second] = [queue.add(1, () => {}), queue.add(2, () => {})];
  first.cancel();
  expect(onEmpty).not.toHaveBeenCalled();
  second.cancel();
  expect(onEmpty).toHaveBeenCalledTimes(1);
  expect(queue.nextAt).toBeUndefined();
});
