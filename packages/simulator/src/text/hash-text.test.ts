import { expect, test } from "vitest";
import { hashText, hashTextTwice } from "./hash-text.ts";

test("hashes are 32 bits, differ by text and by seed, and stay what they are", () => {
  expect(hashText("")).toBe(hashText("", 0));
  const hashes = ["", "a", "b", "潮水"].flatMap((text) => [0, 1, 2 ** 32 - 1].map((seed) => hashText(text, seed)));
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const hash of hashes) expect(hash === hash >>> 0).toBe(true);
});

test("two at once are the two one by one", () => {
  for (const text of ["", "tide", "潮水🌊"]) {
    expect(hashTextTwice(text, 3, 2 ** 32 - 1)).toEqual([hashText(text, 3), hashText(text, 2 ** 32 - 1)]);
  }
});
