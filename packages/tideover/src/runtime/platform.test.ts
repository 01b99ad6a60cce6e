import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CLOCK_CONFORMANCE } from "../testing/index.ts";
import { platformClock, platformIds, platformRandom } from "./platform.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test.each(CLOCK_CONFORMANCE)("$name", ({ run }) =>
  run({
    clock: platformClock,
    advance: (ms) => void vi.advanceTimersByTime(ms),
    say: (nowMs) => void vi.spyOn(performance, "now").mockReturnValue(nowMs),
    pending: () => vi.getTimerCount(),
  }),
);

test("a delay beyond Node's longest waits for its time", () => {
  const fired = vi.fn();
  const thirtyDays = 30 * 86_400_000;
  const timer = platformClock.schedule(thirtyDays, fired);
  vi.advanceTimersByTime(thirtyDays - 1);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
  platformClock.schedule(Number.POSITIVE_INFINITY, fired).cancel();
  timer.cancel();
  expect(vi.getTimerCount()).toBe(0);
});

test("ids differ, random numbers are in [0, 1)", () => {
  expect(new Set(Array.from({ length: 100 }, () => platformIds.next())).size).toBe(100);
  for (let count = 0; count < 100; count++) {
    const value = platformRandom.next();
    expect(value >= 0 && value < 1).toBe(true);
  }
});
