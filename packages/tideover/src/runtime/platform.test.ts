import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { platformClock, platformIds, platformRandom } from "./platform.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a timer fires once, at its time and not before", () => {
  const fired = vi.fn();
  platformClock.schedule(100.5, fired);
  vi.advanceTimersByTime(100);
  expect(fired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(fired).toHaveBeenCalledTimes(1);
});

test("a cancelled timer does not fire, and cancelling again does nothing", () => {
  const fired = vi.fn();
  const timer = platformClock.schedule(10, fired);
  timer.cancel();
  timer.cancel();
  vi.advanceTimersByTime(100);
  expect(fired).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

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

test("a timer that Node fires early waits for the rest", () => {
  const fired = vi.fn();
  const now = vi.spyOn(performance, "now").mockReturnValue(1_000);
  platformClock.schedule(50, fired);
  now.mockReturnValue(1_049.6);
  vi.advanceTimersByTime(50);
  expect(fired).not.toHaveBeenCalled();
  now.mockReturnValue(1_050);
  vi.advanceTimersByTime(1);
  expect(fired).toHaveBeenCalledTimes(1);
  now.mockRestore();
});

test("ids differ, random numbers are in [0, 1)", () => {
  expect(new Set(Array.from({ length: 100 }, () => platformIds.next())).size).toBe(100);
  for (let count = 0; count < 100; count++) {
    const value = platformRandom.next();
    expect(value >= 0 && value < 1).toBe(true);
  }
});
