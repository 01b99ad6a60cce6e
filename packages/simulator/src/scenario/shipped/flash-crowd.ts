import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** Two and a half times what the provider can serve, for a minute. */
export const flashCrowd: Scenario = {
  name: "flash-crowd",
  description: "Five times the usual crowd comes for a minute; the one provider can serve 40% of it.",
  seed: 1,
  durationMs: 270_000,
  trouble: { fromMs: 90_000, toMs: 150_000 },
  providers: { deepseek: { start: SMALL_PROVIDER, schedule: [] } },
  config: ladderOf(["deepseek"]),
  arrivals: { ...SMALL_ARRIVALS, spikes: [{ fromMs: 90_000, toMs: 150_000, times: 5 }] },
  callers: PATIENT_CALLERS,
};
