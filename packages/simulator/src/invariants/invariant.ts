import type { CallRecord } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunSummary } from "../scenario/scenario-result.ts";

/** A promise that a run has broken. */
export interface Violation {
  /** Number of the promise, as the architecture counts them. */
  readonly promise: number;
  /** Index of the call that shows it, where one does. */
  readonly call?: number | undefined;
  readonly message: string;
}

/** A promise, and how a run is held to it. */
export interface Invariant {
  readonly promise: number;
  readonly title: string;
  /** Begins to watch a run of this scenario. */
  begin(scenario: Scenario): Watch;
}

/**
 * Holds one run to a promise while it goes on: call by call, so that a run may be longer than what its records would
 * take of memory. What it keeps must not grow with the number of calls, but with the run's length in time at most.
 */
export interface Watch {
  /**
   * Takes the next call that has ended and settled; calls come in the order of their ends, not of their arrival.
   * @returns whether this very call breaks the promise
   */
  add(call: CallRecord): boolean;
  /** What was found, the first {@link MOST_VIOLATIONS} at most; called once, after the last call. */
  end(run: RunSummary): readonly Violation[];
}

/** Violations that one invariant reports at most: a broken engine breaks it for every call. */
export const MOST_VIOLATIONS = 20;

/** A promise that every call keeps or breaks by itself. */
export function perCall(
  promise: number,
  title: string,
  violationsOf: (call: CallRecord, scenario: Scenario) => readonly Violation[],
): Invariant {
  return {
    promise,
    title,
    begin(scenario) {
      const found: Violation[] = [];
      return {
        add(call) {
          const violations = violationsOf(call, scenario);
          if (found.length < MOST_VIOLATIONS) found.push(...violations);
          return violations.length > 0;
        },
        end: () => found,
      };
    },
  };
}
