import { expect, test } from "vitest";
import { MAX_FIRST_TOKEN_WINDOWS } from "./defaults.ts";
import { FirstTokenTimes } from "./first-token-times.ts";

test("models and sizes of prompts are kept apart", () => {
  const times = new FirstTokenTimes();
  const window = times.window("chat", 1_000);
  expect(times.window("chat", 1_200)).toBe(window);
  expect(times.window("chat", 100_000)).not.toBe(window);
  expect(times.window("reasoner", 1_000)).not.toBe(window);
});

test("names that callers invent share a window once there are too many", () => {
  const times = new FirstTokenTimes();
  const known = times.window("model-0", 100);
  const windows = new Set(Array.from({ length: 500 }, (_, index) => times.window(`model-${index}`, 100)));
  expect(windows.size).toBe(MAX_FIRST_TOKEN_WINDOWS + 1);
  expect(times.window("model-0", 100)).toBe(known);
});
