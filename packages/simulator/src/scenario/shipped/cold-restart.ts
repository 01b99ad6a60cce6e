import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/**
 * The process dies at 0.8 of what the provider can serve, and so do its copies of the answers that people ask for again
 * and again. Everybody who had a call asks again at once; what the copies answered before, the provider must now.
 */
export const coldRestart: Scenario = {
  name: "cold-restart",
  description: "The engine restarts with an empty memory and an empty cache at 0.8 of the capacity; all ask again.",
  seed: 1,
  durationMs: 300_000,
  trouble: { fromMs: 120_000, toMs: 121_000 },
  restarts: [120_000],
  providers: { deepseek: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] } },
  config: ladderOf(["deepseek"], { cache: { fresh: "1h", when: "always" } }),
  arrivals: { ...SMALL_ARRIVALS, rate: 1.9 },
  callers: { ...PATIENT_CALLERS, questions: 2_000 },
};
