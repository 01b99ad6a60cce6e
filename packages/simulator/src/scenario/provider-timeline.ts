import { findProfile, type Profile } from "../model/profiles.ts";
import type { ProviderCondition, ProviderPlan } from "./scenario.ts";

/** A provider's condition with everything decided. */
export interface ConditionInForce extends ProviderCondition {
  readonly fromMs: number;
  readonly profile: string;
}

/** The conditions of a provider, one after the other, in the order of time; the first holds from 0. */
export function timelineOf(plan: ProviderPlan): readonly ConditionInForce[] {
  let condition: ConditionInForce = { ...plan.start, fromMs: 0 };
  const timeline = [condition];
  for (const { atMs, ...change } of plan.schedule) {
    // What a profile decides is not carried over into the next one; slots, queue and balance are the provider's own.
    const { slots, queue, balance } = condition;
    const kept: ProviderCondition = change.profile === undefined ? condition : { slots, queue, balance };
    const given: ProviderCondition = Object.fromEntries(
      Object.entries(change).filter(([, value]) => value !== undefined),
    );
    condition = { ...kept, ...given, profile: change.profile ?? condition.profile, fromMs: atMs };
    timeline.push(condition);
  }
  return timeline;
}

/** The condition at a time, ms. */
export function conditionAt(timeline: readonly ConditionInForce[], atMs: number): ConditionInForce {
  const found = timeline.findLast(({ fromMs }) => fromMs <= atMs) ?? timeline[0];
  if (found === undefined) throw new RangeError("A provider's timeline cannot be empty.");
  return found;
}

/**
 * The profile of a condition, with the condition's own faults.
 * @throws RangeError for an unknown profile
 */
export function profileOf({ profile, faults }: ConditionInForce): Profile {
  const found = findProfile(profile);
  return faults === undefined ? found : { ...found, faults };
}
