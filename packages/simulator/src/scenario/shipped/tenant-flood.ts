import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** When one of the two tenants runs wild, ms. */
export const FLOOD = { fromMs: 90_000, toMs: 180_000 };

/**
 * A batch job of one tenant asks nine times as much as usual; its key allows it twice its usual rate. Both tenants ask
 * the same questions, and answers are kept: neither may be given the other's.
 */
export const tenantFlood: Scenario = {
  name: "tenant-flood",
  description:
    "One of two tenants asks nine times as much for 90 s, against a key with a rate; the other must not notice.",
  seed: 1,
  durationMs: 300_000,
  trouble: FLOOD,
  providers: { deepseek: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] } },
  config: {
    ...ladderOf(["deepseek"], { cache: { fresh: "1h", when: "always" } }),
    keys: [{ name: "shop" }, { name: "batch", rate: { requests: "60/m" } }],
  },
  arrivals: { ...SMALL_ARRIVALS, rate: 1, spikes: [{ ...FLOOD, times: 5 }] },
  callers: {
    ...PATIENT_CALLERS,
    questions: 1_000,
    tenants: [
      { name: "shop", weight: 1 },
      { name: "batch", weight: 1, flood: { ...FLOOD, times: 9 } },
    ],
  },
};
