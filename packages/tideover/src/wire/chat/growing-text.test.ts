import fc from "fast-check";
import { expect, test } from "vitest";
import { GrowingText } from "./growing-text.ts";

test("is what its pieces are together, whenever it is read", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 300 }), fc.nat(300), (pieces, readAt) => {
      const text = new GrowingText();
      for (const [index, piece] of pieces.entries()) {
        text.add(piece);
        if (index === readAt) expect(text.toString()).toBe(pieces.slice(0, index + 1).join(""));
      }
      expect([text.toString(), text.length]).toEqual([pieces.join(""), pieces.join("").length]);
    }),
  );
});
