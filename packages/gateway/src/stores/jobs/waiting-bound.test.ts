import { expect, test } from "vitest";
import { LOOK_EVERY } from "./defaults.ts";
import { WaitingBound } from "./waiting-bound.ts";

const NOBODY = { queued: 0, leased: 0, running: 0, succeeded: 0, failed: 0, expired: 0, cancelled: 0 };

test("of jobs that come at once, while the first is still counting, only that one counts", () => {
  const bound = new WaitingBound(10);
  const looks = Array.from({ length: LOOK_EVERY }, () => {
    const isDue = bound.startLook();
    expect(bound.admits()).toBe(true);
    return isDue;
  });
  expect(looks.filter(Boolean)).toHaveLength(1);
  expect(bound.startLook()).toBe(true);
});

test("where it is full, each that comes counts, until there is room", () => {
  const bound = new WaitingBound(3);
  expect(bound.startLook()).toBe(true);
  bound.counted({ ...NOBODY, queued: 1, leased: 1, running: 1 });
  expect([bound.admits(), bound.startLook(), bound.startLook()]).toEqual([false, true, true]);
  bound.counted({ ...NOBODY, queued: 2, succeeded: 9 });
  expect([bound.admits(), bound.startLook()]).toEqual([true, false]);
});
