import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { measureLoopDelay } from "./loop-delay.ts";

test("a timer that comes late tells by how much, and the next one is set anew", async () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  let lateMs = 0;
  const late = {
    now: () => clock.now() + lateMs,
    schedule: (delayMs: number, callback: () => void) => clock.schedule(delayMs, callback),
  };
  const stop = measureLoopDelay(late, { observe: (_name, ms) => seen.push(ms) });
  await clock.advance(250);
  lateMs = 40;
  await clock.advance(200);
  expect(seen).toEqual([0, 0, 40, 0]);
  stop();
  expect(clock.pendingTimers).toBe(0);
});
