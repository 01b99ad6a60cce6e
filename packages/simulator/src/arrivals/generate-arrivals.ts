import { type Random, seededRandom } from "tideover/engine";
import { lognormalSample } from "../model/pacing.ts";
import type { Arrival, ArrivalPlan, LengthPlan } from "./arrival.ts";
import { diurnalFactor } from "./diurnal.ts";
import { gammaSample } from "./gamma-sample.ts";

/** Most tokens of one prompt or answer that are drawn; the trace's longest prompt has 14,050. */
const MOST_TOKENS = 16_384;
/** A gap is cut into pieces of at most this, ms, so that a change of the rate within a long gap is noticed. */
const LONGEST_STEP_MS = 1_000;
/** Most arrivals of one run: a week at 5 per second is three million. */
export const MOST_ARRIVALS = 4_000_000;

/**
 * Draws arrivals from a plan until `durationMs`, one by one as they are asked for. Gaps are gamma distributed in
 * operational time, that is, they pass faster while the rate is high.
 */
export function* drawArrivals(plan: ArrivalPlan, durationMs: number, seed: number): Generator<Arrival, void> {
  const random = seededRandom(seed ^ 0x41727269);
  for (let at = 0; ; ) {
    at = afterGap(at, gammaSample(random, plan.gapVariation), plan, durationMs);
    if (at >= durationMs) return;
    yield { atMs: at, promptTokens: lengthOf(plan.prompt, random), outputTokens: lengthOf(plan.output, random) };
  }
}

/**
 * The same as a list.
 * @param most stops after so many
 */
export function generateArrivals(
  plan: ArrivalPlan,
  durationMs: number,
  seed: number,
  most: number = MOST_ARRIVALS,
): Arrival[] {
  return [...firstArrivals(drawArrivals(plan, durationMs, seed), most)];
}

/** At most so many of the arrivals. */
export function* firstArrivals(arrivals: Iterable<Arrival>, most: number): Generator<Arrival, void> {
  let left = most;
  for (const arrival of arrivals) {
    if (left-- <= 0) return;
    yield arrival;
  }
}

/** Lets `gap` (in mean gaps) pass from `at` on. */
function afterGap(at: number, gap: number, plan: ArrivalPlan, durationMs: number): number {
  let now = at;
  let left = gap;
  while (now < durationMs) {
    const perMs = rateAt(plan, now) / 1_000;
    const needed = perMs > 0 ? left / perMs : Number.POSITIVE_INFINITY;
    const step = Math.min(needed, LONGEST_STEP_MS);
    now += step;
    if (needed <= LONGEST_STEP_MS) return now;
    left -= step * perMs;
  }
  return now;
}

/** Arrivals per second at a time of the run. */
export function rateAt(plan: ArrivalPlan, atMs: number): number {
  const hours = plan.diurnalFromHour === undefined ? 1 : diurnalFactor(atMs, plan.diurnalFromHour);
  const spikes = plan.spikes.reduce(
    (factor, { fromMs, toMs, times }) => (atMs >= fromMs && atMs < toMs ? factor * times : factor),
    1,
  );
  return plan.rate * hours * spikes;
}

function lengthOf({ p50, p95 }: LengthPlan, random: Random): number {
  const drawn = p95 > p50 ? lognormalSample(random, p50, p95) : p50;
  return Math.max(1, Math.min(MOST_TOKENS, Math.round(drawn)));
}
