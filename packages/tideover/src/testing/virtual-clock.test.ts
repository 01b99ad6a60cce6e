import { sleep } from "tideover/engine";
import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("timers fire in the order of their time, then of their making", async () => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  clock.schedule(20, () => fired.push("c"));
  clock.schedule(10, () => fired.push("a"));
  clock.schedule(10, () => fired.push("b"));
  clock.schedule(15, () => fired.push("never")).cancel();
  await clock.advance(20);
  expect(fired).toEqual(["a", "b", "c"]);
  expect(clock.pendingTimers).toBe(0);
});

test("run gives the result of a promise that waits on virtual time", async () => {
  const clock = new VirtualClock();
  const done = sleep(clock, 3_600_000, new AbortController().signal);
  expect(await clock.run(done)).toBe(true);
  expect(clock.now()).toBe(3_600_000);
});

test("an aborted sleep ends at once and leaves no timer", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const done = sleep(clock, 1_000, abort.signal);
  abort.abort();
  expect(await done).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});
