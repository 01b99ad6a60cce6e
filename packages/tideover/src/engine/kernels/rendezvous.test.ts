import fc from "fast-check";
import { expect, test } from "vitest";
import { hashText, rendezvousScore } from "./rendezvous.ts";

interface Place {
  readonly id: string;
  readonly weight: number;
}

function placeOf(key: number, places: readonly Place[]): string {
  const scored = places.map(({ id, weight }) => ({ id, score: rendezvousScore(key, id, weight) }));
  return scored.reduce((best, next) => (next.score > best.score ? next : best)).id;
}

const equal = (count: number): Place[] =>
  Array.from({ length: count }, (_, index) => ({ id: `p#${index}`, weight: 1 }));

test("a key keeps its place when another place goes, and moves only to a place that comes", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 8 }), (text, count) => {
      const key = hashText(text);
      const before = placeOf(key, equal(count));
      const after = placeOf(key, equal(count + 1));
      expect([before, `p#${count}`]).toContain(after);
      const others = equal(count).filter(({ id }) => id !== `p#${count - 1}`);
      if (before !== `p#${count - 1}`) expect(placeOf(key, others)).toBe(before);
    }),
  );
});

test("places get keys by their weights", () => {
  const places: Place[] = [
    { id: "a", weight: 1 },
    { id: "b", weight: 1 },
    { id: "c", weight: 2 },
  ];
  const counts = new Map<string, number>();
  for (let index = 0; index < 20_000; index++) {
    const id = placeOf(hashText(`session-${index}`), places);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  expect((counts.get("a") ?? 0) / 20_000).toBeCloseTo(0.25, 1);
  expect((counts.get("b") ?? 0) / 20_000).toBeCloseTo(0.25, 1);
  expect((counts.get("c") ?? 0) / 20_000).toBeCloseTo(0.5, 1);
});

test("every hash gives a finite score", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.string(), (key, id) => {
      const score = rendezvousScore(key, id, 1);
      expect(Number.isFinite(score) && score > 0).toBe(true);
    }),
  );
});

test("a heavy place gets its weight's share and no more", () => {
  const places: Place[] = [
    { id: "a", weight: 1 },
    { id: "b", weight: 1 },
    { id: "c", weight: 8 },
  ];
  let heavy = 0;
  for (let index = 0; index < 20_000; index++) if (placeOf(hashText(`s-${index}`), places) === "c") heavy++;
  expect(Math.abs(heavy / 20_000 - 0.8)).toBeLessThan(0.015);
});
