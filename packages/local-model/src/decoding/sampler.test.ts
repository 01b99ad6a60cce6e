import { seededRandom } from "tideover/engine";
import { expect, test } from "vitest";
import { argmax, GREEDY, Sampler, type SamplingOptions } from "./sampler.ts";

const LOGITS = [0, Math.log(2), Math.log(5), Math.log(2)];

function shares(options: Partial<SamplingOptions>, draws = 20_000): number[] {
  const sampler = new Sampler({ ...GREEDY, temperature: 1, ...options }, seededRandom(5), []);
  const counts = LOGITS.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const token = sampler.choose(Float32Array.from(LOGITS));
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

function near(found: readonly number[], expected: readonly number[]): void {
  for (const [index, share] of expected.entries()) expect(found[index]).toBeCloseTo(share, 1);
}

test("the likeliest is always taken at temperature 0; of equals the first", () => {
  expect(new Sampler(GREEDY, seededRandom(1), []).choose(Float32Array.from(LOGITS))).toBe(2);
  expect(argmax(Float32Array.of(1, 3, 3))).toBe(1);
});

test("tokens come by their probability", () => near(shares({}), [0.1, 0.2, 0.5, 0.2]));

test("a higher temperature evens them out, a lower one sharpens them", () => {
  expect(shares({ temperature: 10 })[0]).toBeGreaterThan(0.2);
  expect(shares({ temperature: 0.2 })[2]).toBeGreaterThan(0.95);
});

test("top-p keeps the smallest set that reaches the probability", () => {
  near(shares({ topP: 0.6 }), [0, 0.2 / 0.7, 0.5 / 0.7, 0]);
  near(shares({ topP: 0.01 }), [0, 0, 1, 0]);
});

test("top-k keeps that many", () => near(shares({ topK: 1 }), [0, 0, 1, 0]));

test("the same seed gives the same tokens", () => {
  const draw = (seed: number) => {
    const sampler = new Sampler({ ...GREEDY, temperature: 1 }, seededRandom(seed), []);
    return Array.from({ length: 30 }, () => sampler.choose(Float32Array.from(LOGITS)));
  };
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test("a token at minus infinity is never drawn", () => {
  const sampler = new Sampler({ ...GREEDY, temperature: 2 }, seededRandom(1), []);
  const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY);
  for (let draw = 0; draw < 100; draw++) expect(sampler.choose(logits)).toBe(1);
});

test("penalties are taken off what came: once, for each time, and from the prompt on", () => {
  const adjusted = (options: Partial<SamplingOptions>, taken: readonly number[], prompt: readonly number[] = []) => {
    const sampler = new Sampler({ ...GREEDY, ...options }, seededRandom(1), prompt);
    for (const token of taken) sampler.took(token);
    const logits = Float32Array.of(4, 4, -4, 4);
    sampler.adjust(logits);
    return [...logits];
  };
  expect(adjusted({ presencePenalty: 1 }, [0, 0, 1])).toEqual([3, 3, -4, 4]);
  expect(adjusted({ frequencyPenalty: 1 }, [0, 0, 1])).toEqual([2, 3, -4, 4]);
  expect(adjusted({ repetitionPenalty: 2 }, [0], [2])).toEqual([2, 4, -8, 4]);
});
