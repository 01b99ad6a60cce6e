import type { Random } from "tideover/engine";

function normalSample(random: Random): number {
  // 1 - next() is never 0, whose logarithm would be infinite.
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/**
 * A gamma sample of mean 1 with the given coefficient of variation (Marsaglia and Tsang 2000, with their boost for
 * shapes below 1). A variation of 1 is the exponential distribution, 0 is always 1.
 */
export function gammaSample(random: Random, variation: number): number {
  if (variation <= 0) return 1;
  const shape = 1 / (variation * variation);
  if (shape < 1) {
    const boost = (1 - random.next()) ** (1 / shape);
    return (standardGamma(random, shape + 1) * boost) / shape;
  }
  return standardGamma(random, shape) / shape;
}

function standardGamma(random: Random, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normalSample(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
