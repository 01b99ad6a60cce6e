import { afterEach, expect, test, vi } from "vitest";
import { edgeClock } from "./edge-clock.ts";

afterEach(() => vi.restoreAllMocks());

test("a timer that was cancelled does nothing, even where the platform cannot clear it", async () => {
  vi.spyOn(globalThis, "clearTimeout").mockImplementation(() => {});
  const called: string[] = [];
  edgeClock.schedule(1, () => called.push("cancelled")).cancel();
  await new Promise<void>((resolve) => edgeClock.schedule(20, resolve));
  expect(called).toEqual([]);
});

test("a timer that was not cancelled fires once", async () => {
  const called: string[] = [];
  edgeClock.schedule(1, () => called.push("fired"));
  await new Promise<void>((resolve) => edgeClock.schedule(20, resolve));
  expect(called).toEqual(["fired"]);
});
