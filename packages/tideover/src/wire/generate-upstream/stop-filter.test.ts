import fc from "fast-check";
import { expect, test } from "vitest";
import { StopFilter } from "./stop-filter.ts";

function filtered(pieces: readonly string[], stops: readonly string[]): string {
  const filter = new StopFilter(stops);
  return pieces.map((piece) => filter.push(piece)).join("") + filter.end();
}

test("a text is cut at the same place however it comes in pieces", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 20 });
  const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(letters, stops, fc.array(fc.nat(4), { maxLength: 20 }), (text, ends, lengths) => {
      const pieces: string[] = [];
      let at = 0;
      for (const length of lengths) {
        pieces.push(text.slice(at, at + length));
        at += length;
      }
      pieces.push(text.slice(at));
      expect(filtered(pieces, ends)).toBe(filtered([text], ends));
      expect(filtered(pieces, ends)).toBe(filtered([...text], ends));
    }),
    { numRuns: 500 },
  );
});

test("the text that is whole first ends the answer, and of those that end together the longest", () => {
  expect(filtered(["xabcd"], ["abcd", "bc"])).toBe("xa");
  expect(filtered(["xabc"], ["bc", "abc"])).toBe("x");
});
