import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { isLiveInTime } from "./figures.ts";
import { share } from "./quantile.ts";

/** The part of the former live share that counts as recovered (architecture, promise 6). */
const RECOVERED_SHARE = 0.95;
/** The live share is taken over this long, ms, so that one unlucky call is not a relapse. */
const WINDOW_MS = 30_000;
/** The window moves by this much, ms. */
const STEP_MS = 5_000;
/** Fewest calls in a window, and before the trouble, for the share to mean anything. */
const LEAST_CALLS = 10;

/**
 * How long after the end of the trouble the live share of arriving calls is back at 95% of what it was before, for
 * good or at least for a window, ms.
 * @returns Infinity when it never is; undefined where there was no trouble, or too few calls to say
 */
export function recoveryMs({ scenario, calls, endedAt }: ScenarioResult): number | undefined {
  const { trouble } = scenario;
  if (trouble === undefined) return undefined;
  const within = (fromMs: number, toMs: number) =>
    calls.filter(({ arrivedAt }) => arrivedAt >= fromMs && arrivedAt < toMs);
  const before = within(0, trouble.fromMs);
  if (before.length < LEAST_CALLS) return undefined;
  const wanted = RECOVERED_SHARE * share(before.filter(isLiveInTime).length, before.length);
  const last = Math.min(scenario.durationMs, endedAt);
  let measured = false;
  for (let from = trouble.toMs; from + WINDOW_MS <= last; from += STEP_MS) {
    const window = within(from, from + WINDOW_MS);
    if (window.length < LEAST_CALLS) continue;
    measured = true;
    if (share(window.filter(isLiveInTime).length, window.length) >= wanted) return from - trouble.toMs;
  }
  return measured ? Number.POSITIVE_INFINITY : undefined;
}
