import { seededRandom } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { quantile } from "./quantile.ts";
import { ValueSketch } from "./value-sketch.ts";

function filled(mostExact: number, values: readonly number[]): ValueSketch {
  const sketch = new ValueSketch(mostExact);
  for (const value of values) sketch.add(value);
  return sketch;
}

const random = seededRandom(7);
/** From a tenth of a millisecond to a minute and a half, evenly by order of magnitude. */
const values = Array.from({ length: 5_000 }, () => 10 ** (6 * random.next() - 1));

describe("quantiles", () => {
  test("are exact while the values are few", () => {
    const sketch = filled(values.length, values);
    for (const share of [0, 0.5, 0.95, 1]) expect(sketch.at(share)).toBe(quantile(values, share));
  });

  test("are true to half a percent when they are many", () => {
    const sketch = filled(100, values);
    for (const share of [0.01, 0.5, 0.95, 0.99, 1]) {
      const exact = quantile(values, share);
      expect(Math.abs(sketch.at(share) - exact) / exact).toBeLessThan(0.0051);
    }
  });

  test("of nothing are not a number, and what is no number does not count", () => {
    expect(new ValueSketch().at(0.5)).toBeNaN();
    expect(filled(10, [Number.NaN, 3]).at(1)).toBe(3);
  });

  test("of zeros are next to zero", () => {
    expect(filled(1, [0, 0, 0]).at(0.5)).toBeLessThanOrEqual(0.1);
  });
});
