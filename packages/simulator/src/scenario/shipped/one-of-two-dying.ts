import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** The first of two providers dies by inches: more and more of its requests fail, in every way there is. */
export const oneOfTwoDying: Scenario = {
  name: "one-of-two-dying",
  description: "The first of two providers fails 10%, 40% and then all of its requests; the second is well.",
  seed: 1,
  durationMs: 480_000,
  trouble: { fromMs: 90_000, toMs: 330_000 },
  providers: {
    deepseek: {
      start: SMALL_PROVIDER,
      schedule: [
        {
          atMs: 90_000,
          faults: [
            { fault: "503", share: 0.04 },
            { fault: "cut", share: 0.03, withinTokens: 120 },
            { fault: "stall", share: 0.03, withinTokens: 120 },
          ],
        },
        {
          atMs: 160_000,
          faults: [
            { fault: "500", share: 0.1 },
            { fault: "cut-reset", share: 0.1, withinTokens: 120 },
            { fault: "keep-alive-only", share: 0.1 },
            { fault: "insufficient", share: 0.05, withinTokens: 120 },
            { fault: "empty", share: 0.05 },
          ],
        },
        { atMs: 230_000, profile: "outage", dead: true },
        { atMs: 330_000, profile: "calm" },
      ],
    },
    alternate: { start: SMALL_PROVIDER, schedule: [] },
  },
  config: ladderOf(["deepseek", "alternate"]),
  arrivals: SMALL_ARRIVALS,
  callers: PATIENT_CALLERS,
};
