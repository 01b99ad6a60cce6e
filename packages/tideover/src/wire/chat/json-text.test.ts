import fc from "fast-check";
import { expect, test } from "vitest";
import { isTruncatedJson, MAX_JSON_DEPTH, parseJson } from "./json-text.ts";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

test("nesting is accepted up to the cap, so that what was parsed can be written again", () => {
  const deepest = parseJson(nested(MAX_JSON_DEPTH));
  expect(JSON.stringify(deepest)).toBe(nested(MAX_JSON_DEPTH));
  expect(parseJson(nested(MAX_JSON_DEPTH + 1))).toBeUndefined();
  expect(parseJson(nested(500_000))).toBeUndefined();
});

test("brackets within texts are no nesting", () => {
  const text = JSON.stringify({ a: '[{"\\'.repeat(2_000) });
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

test("any JSON is parsed as JSON.parse does, however long", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify({ padding: " ".repeat(MAX_JSON_DEPTH), value });
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("every beginning of a document is told to be truncated, and the whole one is not", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (value, share) => {
      const text = JSON.stringify({ value });
      expect(isTruncatedJson(text.slice(0, Math.max(1, Math.floor(text.length * share))))).toBe(true);
      expect(isTruncatedJson(text)).toBe(false);
    }),
  );
});
