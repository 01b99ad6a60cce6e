import type { Random } from "tideover/engine";
import type { Profile } from "../model/profiles.ts";
import { type ChosenFault, chooseFault } from "./fault-table.ts";

const MODEL_PREFIX = "fault-";

/** The fault that a request gets. */
export type FaultDecision =
  | { readonly type: "none" }
  | { readonly type: "fault"; readonly fault: ChosenFault }
  /** A fault was named that does not exist. */
  | { readonly type: "unknown"; readonly name: string };

/**
 * Decides which fault strikes: the one that was named (by the scenario, else by the model name), else one of the
 * profile's shares by lot.
 * @param scripted the scenario's word, without `fault-`.
 */
export function decideFault(
  scripted: string | undefined,
  model: string | undefined,
  profile: Profile,
  random: Random,
): FaultDecision {
  // The lot is drawn in any case, so that what a request asks for does not change what follows from the seed.
  const lot = random.next();
  const place = random.next();
  const named = scripted ?? (model?.startsWith(MODEL_PREFIX) ? model.slice(MODEL_PREFIX.length) : undefined);
  if (named !== undefined) {
    const fault = chooseFault(named);
    return fault === undefined ? { type: "unknown", name: named } : { type: "fault", fault };
  }
  let reached = 0;
  for (const share of profile.faults) {
    reached += share.share;
    if (lot >= reached) continue;
    const after = share.withinTokens === undefined ? undefined : 1 + Math.floor(place * share.withinTokens);
    const fault = chooseFault(share.fault, after);
    return fault === undefined ? { type: "unknown", name: share.fault } : { type: "fault", fault };
  }
  return { type: "none" };
}
