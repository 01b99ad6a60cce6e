import type { Random } from "tideover/engine";

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0: always the likeliest. */
  readonly temperature: number;
  /** Smallest set of tokens with this much probability together (nucleus sampling); 1: all. */
  readonly topP: number;
  /** Only that many of the likeliest; 0: all. */
  readonly topK: number;
  /** Divides the logits of tokens that stand in the text already (CTRL, Keskar et al. 2019); 1: off. */
  readonly repetitionPenalty: number;
  /** Taken off for each time (OpenAI's reference). */
  readonly frequencyPenalty: number;
  /** Taken off once it has come (OpenAI's reference). */
  readonly presencePenalty: number;
}

/** Always the likeliest token, nothing else. */
export const GREEDY: SamplingOptions = {
  temperature: 0,
  topP: 1,
  topK: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
};

/** Chooses tokens, and remembers which came. */
export class Sampler {
  readonly #options: SamplingOptions;
  readonly #random: Random;
  /** How often each token came in the answer. */
  readonly #counts = new Map<number, number>();
  readonly #seen: Set<number>;

  /** @param prompt its tokens; the repetition penalty counts them too */
  constructor(options: SamplingOptions, random: Random, prompt: readonly number[]) {
    this.#options = options;
    this.#random = random;
    this.#seen = new Set(options.repetitionPenalty === 1 ? [] : prompt);
  }

  /** Applies the penalties, in place. */
  adjust(logits: Float32Array): void {
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = this.#options;
    if (repetitionPenalty !== 1) {
      for (const token of this.#seen) {
        const logit = logits[token] ?? 0;
        logits[token] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      }
    }
    if (frequencyPenalty !== 0 || presencePenalty !== 0) {
      for (const [token, count] of this.#counts) {
        logits[token] = (logits[token] ?? 0) - frequencyPenalty * count - presencePenalty;
      }
    }
  }

  /** The next token by these logits; a token at minus infinity is never chosen. */
  choose(logits: Float32Array): number {
    const { temperature, topP, topK } = this.#options;
    const likeliest = argmax(logits);
    if (temperature === 0) return likeliest;
    const most = logits[likeliest] ?? 0;
    const weight = (token: number) => Math.exp(((logits[token] ?? 0) - most) / temperature);
    if (topP >= 1 && topK === 0) return drawAll(logits, weight, this.#random.next());
    return drawNucleus(logits, { weight, topP, topK, most, temperature, share: this.#random.next() });
  }

  /** Notes that a token was taken. */
  took(token: number): void {
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
    if (this.#options.repetitionPenalty !== 1) this.#seen.add(token);
  }
}

/** The first of the largest. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  }
  return best;
}

function drawAll(logits: Float32Array, weight: (token: number) => number, share: number): number {
  let total = 0;
  for (let token = 0; token < logits.length; token++) total += weight(token);
  let left = share * total;
  for (let token = 0; token < logits.length; token++) {
    left -= weight(token);
    if (left < 0) return token;
  }
  return argmax(logits);
}

interface Nucleus {
  readonly weight: (token: number) => number;
  readonly topP: number;
  readonly topK: number;
  readonly most: number;
  readonly temperature: number;
  /** Where in the nucleus to draw, from 0 to 1. */
  readonly share: number;
}

/** Tokens less likely than the likeliest by this factor's exponent are left out before sorting: sorting 152 k is slow. */
const NEGLIGIBLE = 16;

function drawNucleus(logits: Float32Array, { weight, topP, topK, most, temperature, share }: Nucleus): number {
  const least = most - NEGLIGIBLE * temperature;
  const candidates: { token: number; weight: number }[] = [];
  for (let token = 0; token < logits.length; token++) {
    if ((logits[token] ?? 0) >= least) candidates.push({ token, weight: weight(token) });
  }
  candidates.sort((a, b) => b.weight - a.weight || a.token - b.token);
  if (topK > 0) candidates.length = Math.min(candidates.length, topK);
  const total = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  let kept = 0;
  let mass = 0;
  while (kept < candidates.length && (kept === 0 || mass < topP * total)) mass += candidates[kept++]?.weight ?? 0;
  let left = share * mass;
  for (const { token, weight: own } of candidates.slice(0, kept)) {
    left -= own;
    if (left < 0) return token;
  }
  return candidates[0]?.token ?? argmax(logits);
}
