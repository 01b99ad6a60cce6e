import type { ScenarioResult } from "../scenario/scenario-result.ts";

/** A promise that a run has broken. */
export interface Violation {
  /** Number of the promise, as the architecture counts them. */
  readonly promise: number;
  /** Index of the call that shows it, where one does. */
  readonly call?: number | undefined;
  readonly message: string;
}

/** A promise as a function over what a run has recorded. */
export interface Invariant {
  readonly promise: number;
  readonly title: string;
  check(result: ScenarioResult): readonly Violation[];
}

/** Violations that one invariant reports at most: a broken engine breaks it for every call. */
export const MOST_VIOLATIONS = 20;
