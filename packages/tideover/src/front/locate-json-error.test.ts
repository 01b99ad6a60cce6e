import fc from "fast-check";
import { expect, test } from "vitest";
import { locateJsonError } from "./locate-json-error.ts";

test.each([
  ["", 0, 1, 1, "a value"],
  ["{", 1, 1, 2, "a member name in double quotes or }"],
  ['{"a":x}', 5, 1, 6, "a value"],
  ['{"a":1,}', 7, 1, 8, "a member name in double quotes"],
  ['{"a" 1}', 5, 1, 6, "a colon"],
  ["[1 2]", 3, 1, 4, "a comma or the closing bracket"],
  ["[1,]", 3, 1, 4, "a value"],
  ['{"a":\n\n  tru}', 9, 3, 3, "a value"],
  ['{"a":"b', 7, 1, 8, "a closing double quote"],
  ['{"a":"b\nc"}', 7, 1, 8, "an escape such as \\n in place of a control character"],
  ['{"a":"\\x"}', 6, 1, 7, "a valid escape"],
  ["{} {}", 3, 1, 4, "the end of the text"],
  ["[1}", 2, 1, 3, "a comma or the closing bracket"],
  ["{'a':1}", 1, 1, 2, "a member name in double quotes or }"],
])("%j breaks at offset %i, line %i, column %i", (text, offset, line, column, expected) => {
  expect(locateJsonError(text)).toEqual({ offset, line, column, expected });
});

test("it agrees with JSON.parse on what is JSON", () => {
  const broken = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", "}", "]", ",", '"', "\\", "0", "x", "\n", " "))
    .map(([json, at, inserted]) => {
      const place = at % (json.length + 1);
      return json.slice(0, place) + inserted + json.slice(inserted === "" ? place + 1 : place);
    });
  fc.assert(
    fc.property(broken, (text) => {
      expect(locateJsonError(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test("a hundred thousand levels do not overflow the stack", () => {
  expect(locateJsonError("[".repeat(100_000))?.offset).toBe(100_000);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
