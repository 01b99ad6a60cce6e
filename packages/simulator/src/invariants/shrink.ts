import type { Arrival } from "../arrivals/arrival.ts";

/** Runs that the search for a shorter example may cost. */
export const MOST_SHRINKING_RUNS = 60;

/**
 * Finds fewer arrivals that still fail, by leaving out ever smaller pieces (Zeller and Hildebrandt's delta debugging,
 * bounded). The end goes first: what comes after the failure cannot have caused it.
 * @param fails runs a list and tells whether it still fails
 */
export async function shrinkArrivals(
  arrivals: readonly Arrival[],
  fails: (candidate: readonly Arrival[]) => Promise<boolean>,
  mostRuns: number = MOST_SHRINKING_RUNS,
): Promise<readonly Arrival[]> {
  let current = arrivals;
  let runs = 0;
  let pieces = 2;
  while (current.length > 1 && runs < mostRuns) {
    const size = Math.ceil(current.length / pieces);
    let smaller: readonly Arrival[] | undefined;
    for (let piece = pieces - 1; piece >= 0 && runs < mostRuns; piece--) {
      const candidate = [...current.slice(0, piece * size), ...current.slice((piece + 1) * size)];
      if (candidate.length === 0 || candidate.length === current.length) continue;
      runs++;
      if (!(await fails(candidate))) continue;
      smaller = candidate;
      break;
    }
    if (smaller !== undefined) {
      current = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) {
      break;
    } else {
      pieces = Math.min(current.length, pieces * 2);
    }
  }
  return current;
}
