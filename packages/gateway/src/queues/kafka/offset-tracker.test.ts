import { expect, test } from "vitest";
import { OffsetTracker } from "./offset-tracker.ts";

test("a place is committed only when all before it is done", () => {
  const tracker = new OffsetTracker<{ readonly offset: bigint }>();
  const messages = [7n, 8n, 11n].map((offset) => ({ offset }));
  for (const message of messages) tracker.add("t/0", message);
  const [first, second, third] = messages as [{ offset: bigint }, { offset: bigint }, { offset: bigint }];
  expect(tracker.done("t/0", second)).toBeUndefined();
  expect(tracker.done("t/0", first)).toBe(second);
  expect(tracker.done("t/0", third)).toBe(third);
  expect(tracker.done("t/0", third)).toBeUndefined();
});
