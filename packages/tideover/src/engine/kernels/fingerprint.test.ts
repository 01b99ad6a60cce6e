import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("it is the same for the same bytes, and tells others apart by content and by length", () => {
  expect(fingerprint(bytes("Hello"))).toBe(fingerprint(bytes("Hello")));
  const all = ["", "a", "b", "ab", "ba", "Hello", "Hello!", "\0", "\0\0"].map((text) => fingerprint(bytes(text)));
  expect(new Set(all).size).toBe(all.length);
});

test("thousands of requests that differ in one digit have thousands of numbers of 32 bits", () => {
  const all = Array.from({ length: 5_000 }, (_, index) => fingerprint(bytes(`{"model":"m","n":${index}}`)));
  expect(new Set(all).size).toBeGreaterThan(4_990);
  expect(all.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
});

test("of a long request its length and its end are read, where conversations differ", () => {
  const long = (first: number, last: number, length = 100_000) => {
    const request = new Uint8Array(length).fill(32);
    request[0] = first;
    request[length - 1] = last;
    return fingerprint(request);
  };
  expect(long(1, 1)).toBe(long(2, 1));
  expect(long(1, 1)).not.toBe(long(1, 2));
  expect(long(1, 1)).not.toBe(long(1, 1, 100_001));
  const edge = new Uint8Array(65_537).fill(32);
  const before = fingerprint(edge);
  edge[1] = 33;
  expect(fingerprint(edge)).not.toBe(before);
});
