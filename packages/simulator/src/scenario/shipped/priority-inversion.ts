import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** Twice what the provider can serve, half of it unimportant: the important must not notice. */
export const priorityInversion: Scenario = {
  name: "priority-inversion",
  description: "Four times the usual crowd for 90 s, twice the capacity; 15% critical, half sheddable or background.",
  seed: 1,
  durationMs: 270_000,
  trouble: { fromMs: 60_000, toMs: 150_000 },
  providers: { deepseek: { start: { ...SMALL_PROVIDER, faults: [] }, schedule: [] } },
  config: ladderOf(["deepseek"]),
  arrivals: { ...SMALL_ARRIVALS, spikes: [{ fromMs: 60_000, toMs: 150_000, times: 4 }] },
  callers: {
    ...PATIENT_CALLERS,
    streamed: 1,
    priorities: [
      { urgency: 0, share: 0.15 },
      { urgency: 5, share: 0.3 },
      { urgency: 7, share: 0.2 },
    ],
  },
};
