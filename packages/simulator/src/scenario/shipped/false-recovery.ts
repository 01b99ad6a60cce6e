import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** A provider that is down, looks well for 20 s, is down again, and then really comes back. */
export const falseRecovery: Scenario = {
  name: "false-recovery",
  description: "An outage of 100 s, 20 s in which all looks well, another 80 s of outage, then calm.",
  seed: 1,
  durationMs: 480_000,
  trouble: { fromMs: 90_000, toMs: 290_000 },
  providers: {
    deepseek: {
      start: SMALL_PROVIDER,
      schedule: [
        { atMs: 90_000, profile: "outage", dead: true },
        { atMs: 190_000, profile: "calm" },
        { atMs: 210_000, profile: "outage", dead: true },
        { atMs: 290_000, profile: "calm" },
      ],
    },
  },
  config: ladderOf(["deepseek"]),
  arrivals: SMALL_ARRIVALS,
  callers: PATIENT_CALLERS,
};
