import type { Random } from "../random.ts";

/**
 * A small deterministic generator for tests and simulations (mulberry32, Tommy Ettinger, public domain).
 * Not for secrets.
 */
export function seededRandom(seed: number): Random {
  // Whole numbers of 32 bits with a sign: larger ones would be made anew on the heap with every draw.
  let state = seed | 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
