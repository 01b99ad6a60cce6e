import type { Scenario } from "../scenario/scenario.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { boundedAttempts } from "./bounded-attempts.ts";
import { inTime } from "./in-time.ts";
import { type Invariant, MOST_VIOLATIONS, type Violation, type Watch } from "./invariant.ts";
import { noClassInversion } from "./no-class-inversion.ts";
import { noRetryAfterCommit } from "./no-retry-after-commit.ts";
import { noSharedAnswers } from "./no-shared-answers.ts";
import { recovers } from "./recovers.ts";
import { settlesOnce } from "./settles-once.ts";
import { ticketsKept } from "./tickets-kept.ts";
import { trueProvenance } from "./true-provenance.ts";
import { wholeOrFlagged } from "./whole-or-flagged.ts";

/** The promises that a run can be held to, in the architecture's order. 9 needs a scenario with a backlog of tickets. */
export const INVARIANTS: readonly Invariant[] = [
  settlesOnce,
  noRetryAfterCommit,
  boundedAttempts,
  inTime,
  wholeOrFlagged,
  recovers,
  noClassInversion,
  noSharedAnswers,
  ticketsKept,
  trueProvenance,
];

/** Begins to hold a run of a scenario to the promises. */
export function watchInvariants(scenario: Scenario, invariants: readonly Invariant[] = INVARIANTS): Watch {
  const watches = invariants.map((invariant) => invariant.begin(scenario));
  return {
    add: (call) => watches.reduce((broken, watch) => watch.add(call) || broken, false),
    end: (run) => watches.flatMap((watch) => watch.end(run).slice(0, MOST_VIOLATIONS)),
  };
}

/** Every promise that a run of the engine, with all its calls at hand, has broken; empty when it kept them all. */
export function checkInvariants(
  result: ScenarioResult,
  invariants: readonly Invariant[] = INVARIANTS,
): readonly Violation[] {
  const watch = watchInvariants(result.scenario, invariants);
  for (const call of result.calls) watch.add(call);
  return watch.end(result);
}
