import type { Random } from "tideover/engine";
import type { TraceEntry } from "./trace.ts";

/**
 * Fitted to the conversation trace of the Azure LLM inference traces 2023 (Patel et al., "Splitwise", ISCA 2024):
 * 5.5 requests/s whose gaps have a coefficient of variation of 1.1, prompts with a median of 1,020 and a 95th
 * percentile of 4,083 tokens, answers with 129 and 451, none above 14,050 and 1,000.
 */
const MEAN_GAP_MS = 1_000 / 5.5;
/** A Weibull distribution of this shape has a coefficient of variation of 1.1. */
const GAP_SHAPE = 0.91033;
/** Gamma(1 + 1 / shape): what its scale is multiplied by to give its mean. */
const GAP_MEAN_PER_SCALE = 1.04573;
const PROMPT = { median: 1_020, p95: 4_083, most: 14_050 };
const OUTPUT = { median: 129, p95: 451, most: 1_000 };
/** The 95th percentile of the standard normal distribution. */
const Z_95 = 1.6449;

/** Requests without end that look like an hour of conversations; the same randomness gives the same trace. */
export function* generateTrace(random: Random): Generator<TraceEntry, never> {
  let atMs = 0;
  for (;;) {
    yield { atMs, promptTokens: lognormal(random, PROMPT), outputTokens: lognormal(random, OUTPUT) };
    atMs += gapMs(random);
  }
}

/** Inverse transform sampling; 1 - next() is never 0, whose logarithm would be infinite. */
function gapMs(random: Random): number {
  return (MEAN_GAP_MS / GAP_MEAN_PER_SCALE) * (-Math.log(1 - random.next())) ** (1 / GAP_SHAPE);
}

function lognormal(random: Random, { median, p95, most }: typeof PROMPT): number {
  const sigma = Math.log(p95 / median) / Z_95;
  // Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.min(most, Math.max(1, Math.round(median * Math.exp(sigma * normal))));
}
