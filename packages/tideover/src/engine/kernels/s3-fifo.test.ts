import fc from "fast-check";
import { expect, test } from "vitest";
import { S3Fifo } from "./s3-fifo.ts";

const keysOf = (cache: S3Fifo<unknown>) => [...cache.entries()].map(([key]) => key);

test("it gives back what it holds, and the last value of a key", () => {
  const cache = new S3Fifo<number>(10);
  cache.set("a", 1, 1);
  cache.set("b", 2, 1);
  cache.set("a", 3, 2);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([3, 2, undefined]);
  expect([cache.size, cache.weight]).toEqual([2, 3]);
  expect([cache.delete("a"), cache.delete("a"), cache.get("a"), cache.weight]).toEqual([true, false, undefined, 1]);
});

test("what is used once only does not push out what is used again", () => {
  const cache = new S3Fifo<number>(100);
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 20; index++)
      if (cache.get(`hot-${index}`) === undefined) cache.set(`hot-${index}`, 1, 1);
  }
  for (let index = 0; index < 10_000; index++) cache.set(`once-${index}`, 1, 1);
  expect(keysOf(cache).filter((key) => key.startsWith("hot"))).toHaveLength(20);
});

test("what left too early and comes back stays longer", () => {
  const cache = new S3Fifo<number>(10);
  cache.set("back", 1, 1);
  for (let index = 0; index < 20; index++) cache.set(`first-${index}`, 1, 1);
  expect(cache.get("back")).toBeUndefined();
  cache.set("back", 1, 1);
  for (let index = 0; index < 8; index++) cache.set(`second-${index}`, 1, 1);
  expect(cache.get("back")).toBe(1);
});

test("a value heavier than all is not kept, and takes its key's former value away", () => {
  const cache = new S3Fifo<number>(10);
  cache.set("a", 1, 1);
  cache.set("a", 2, 11);
  expect([cache.get("a"), cache.size, cache.weight]).toEqual([undefined, 0, 0]);
});

test("a bound of nothing is refused", () => {
  expect(() => new S3Fifo(0)).toThrow(/above zero, got 0/);
});

const step = fc.record({
  kind: fc.constantFrom("get", "set", "delete"),
  key: fc.integer({ min: 0, max: 30 }).map(String),
  weight: fc.integer({ min: 1, max: 12 }),
});

test("whatever is done, the weight is that of what is held and never too much, and nothing false is given", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const cache = new S3Fifo<number>(40);
      const model = new Map<string, { value: number; weight: number }>();
      for (const [value, { kind, key, weight }] of steps.entries()) {
        if (kind === "set") {
          cache.set(key, value, weight);
          model.set(key, { value, weight });
        } else if (kind === "delete") {
          cache.delete(key);
          model.delete(key);
        } else {
          const found = cache.get(key);
          if (found !== undefined) expect(found).toBe(model.get(key)?.value);
        }
        expect(cache.weight).toBeLessThanOrEqual(40);
        const held = keysOf(cache).reduce((sum, name) => sum + (model.get(name)?.weight ?? Number.NaN), 0);
        expect(cache.weight).toBe(held);
        expect(cache.size).toBe(keysOf(cache).length);
      }
    }),
    { numRuns: 200 },
  );
});

test("yesterday's favourites leave when others are used in their place", () => {
  const cache = new S3Fifo<number>(20);
  const useOften = (name: string) => {
    for (let round = 0; round < 4; round++)
      for (let index = 0; index < 15; index++)
        if (cache.get(`${name}-${index}`) === undefined) cache.set(`${name}-${index}`, 1, 1);
  };
  useOften("old");
  for (let index = 0; index < 40; index++) cache.set(`once-${index}`, 1, 1);
  expect(keysOf(cache).filter((key) => key.startsWith("old")).length).toBeGreaterThan(12);
  for (let round = 0; round < 5; round++) {
    useOften("new");
    for (let index = 0; index < 40; index++) cache.set(`once-${round}-${index}`, 1, 1);
  }
  expect(keysOf(cache).filter((key) => key.startsWith("old")).length).toBeLessThan(6);
  expect(keysOf(cache).filter((key) => key.startsWith("new")).length).toBeGreaterThan(12);
});

test("a value as heavy as all is kept, alone", () => {
  const cache = new S3Fifo<number>(10);
  cache.set("a", 1, 4);
  cache.set("b", 2, 10);
  expect([keysOf(cache), cache.weight]).toEqual([["b"], 10]);
  cache.set("none", 3, 11);
  expect([keysOf(cache), cache.get("none")]).toEqual([["b"], undefined]);
});
