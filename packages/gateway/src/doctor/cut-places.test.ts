import fc from "fast-check";
import { expect, test } from "vitest";
import { cutPlaces } from "./cut-places.ts";

const text = "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve";
const starts = [...text.matchAll(/ ?\w+,?/g)].map(({ index }) => index);

test("early and late between pieces, after a space, inside a word", () => {
  const cuts = cutPlaces(text, starts);
  expect(cuts.map(({ place }) => place)).toEqual(["between-pieces", "after-space", "inside-word", "between-pieces"]);
  for (const { at, place } of cuts) {
    const before = text.slice(0, at);
    if (place === "between-pieces") expect(starts).toContain(at);
    if (place !== "after-space") expect(before).toBe(before.trimEnd());
    if (place === "after-space") expect(before).toMatch(/\S\s$/);
    if (place === "inside-word") expect(text.slice(at - 1, at + 1)).toMatch(/^[a-z]{2}$/);
  }
});

test("every cut leaves something before and after it, and no two are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("one", ", ", " ", "水", "，", "a", "🙂"), { maxLength: 40 }), (pieces) => {
      const joined = pieces.join("");
      let at = 0;
      const begins = pieces.map((piece) => {
        const begin = at;
        at += piece.length;
        return begin;
      });
      const places = cutPlaces(joined, begins).map((cut) => cut.at);
      for (const place of places) expect(place > 0 && place < joined.length).toBe(true);
      expect(new Set(places).size).toBe(places.length);
    }),
  );
});
