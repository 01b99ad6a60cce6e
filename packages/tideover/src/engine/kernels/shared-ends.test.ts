import fc from "fast-check";
import { expect, test } from "vitest";
import { between, sharedEnds } from "./shared-ends.ts";

test.each([
  ['{"a":"x"}', '{"a":"yz"}', '{"a":"', '"}'],
  ["aaa", "aaaa", "aaa", ""],
  ["", "abc", "", ""],
  ["same", "same", "same", ""],
  // The two share the first half of a surrogate pair, and the second half of one.
  ["<😀>", "<😁>", "<", ">"],
  ["<\u{10000}>", "<\u{20000}>", "<", ">"],
])("%j and %j", (one, other, before, behind) => {
  expect(sharedEnds(one, other)).toEqual({ before, behind });
});

test("with what stands between them, both texts are whole again, and well-formed ones are well-formed in all parts", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  fc.assert(
    fc.property(text, text, text, text, (head, tail, one, other) => {
      const texts = [`${head}${one}${tail}`, `${head}${other}${tail}`] as const;
      const ends = sharedEnds(...texts);
      for (const whole of texts) {
        const middle = between(whole, ends);
        expect(middle?.isWellFormed()).toBe(true);
        expect(`${ends.before}${middle}${ends.behind}`).toBe(whole);
      }
    }),
  );
});

test("what does not begin and end so has nothing between", () => {
  const ends = { before: "ab", behind: "ba" };
  expect(["ab-ba", "abba", "aba", "ab-", "-ba"].map((text) => between(text, ends))).toEqual([
    "-",
    "",
    undefined,
    undefined,
    undefined,
  ]);
});
