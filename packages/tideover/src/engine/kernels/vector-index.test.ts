import { expect, test } from "vitest";
import { VectorIndex } from "./vector-index.ts";

test("the nearest of the scope is found, by direction and not by length", () => {
  const index = new VectorIndex(100_000, 10);
  index.add("a", "east", [5, 0]);
  index.add("a", "north", [0, 1]);
  index.add("b", "northeast", [1, 1]);
  expect(index.nearest("a", [2, 1])).toEqual({ key: "east", similarity: expect.closeTo(0.894, 3) });
  expect(index.nearest("b", [1, 0])?.similarity).toBeCloseTo(Math.SQRT1_2, 5);
  expect(index.nearest("c", [1, 0])).toBeUndefined();
});

test("what cannot be compared is not there", () => {
  const index = new VectorIndex(100_000, 10);
  index.add("a", "zero", [0, 0]);
  index.add("a", "other", [1, 0, 0]);
  index.add("a", "endless", [Number.POSITIVE_INFINITY, 1]);
  expect(index.nearest("a", [1, 0])).toBeUndefined();
  expect(index.nearest("a", [0, 0])).toBeUndefined();
});

test("a key has one vector, and none once it is deleted", () => {
  const index = new VectorIndex(100_000, 10);
  index.add("a", "key", [1, 0]);
  index.add("b", "key", [0, 1]);
  expect([index.nearest("a", [1, 0]), index.nearest("b", [0, 1])?.key]).toEqual([undefined, "key"]);
  index.delete("key");
  expect([index.nearest("b", [0, 1]), index.bytes]).toEqual([undefined, 0]);
});

test("the oldest leave, of the scope and of all", () => {
  const index = new VectorIndex(5 * (256 + 8), 3);
  for (let at = 0; at < 4; at++) index.add("a", `a${at}`, [1, at]);
  expect(index.nearest("a", [1, 0])?.key).toBe("a1");
  for (let at = 0; at < 3; at++) index.add("b", `b${at}`, [1, at]);
  expect(index.nearest("a", [1, 0])?.key).toBe("a2");
  expect(index.bytes).toBeLessThanOrEqual(5 * (256 + 8));
});
