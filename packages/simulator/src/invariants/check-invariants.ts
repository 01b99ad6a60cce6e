import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { boundedAttempts } from "./bounded-attempts.ts";
import { inTime } from "./in-time.ts";
import { type Invariant, MOST_VIOLATIONS, type Violation } from "./invariant.ts";
import { noClassInversion } from "./no-class-inversion.ts";
import { noRetryAfterCommit } from "./no-retry-after-commit.ts";
import { recovers } from "./recovers.ts";
import { settlesOnce } from "./settles-once.ts";
import { trueProvenance } from "./true-provenance.ts";
import { wholeOrFlagged } from "./whole-or-flagged.ts";

/**
 * The promises that a run can be held to, in the architecture's order. 8 and 9 need tenants with shared answers and a
 * durable queue, which no scenario has yet.
 */
export const INVARIANTS: readonly Invariant[] = [
  settlesOnce,
  noRetryAfterCommit,
  boundedAttempts,
  inTime,
  wholeOrFlagged,
  recovers,
  noClassInversion,
  trueProvenance,
];

/** Every promise that a run of the engine has broken; empty when it kept them all. */
export function checkInvariants(
  result: ScenarioResult,
  invariants: readonly Invariant[] = INVARIANTS,
): readonly Violation[] {
  return invariants.flatMap((invariant) => invariant.check(result).slice(0, MOST_VIOLATIONS));
}
