import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** The provider gets slower step by step without a single error, and comes back the same way. */
export const slowBrownout: Scenario = {
  name: "slow-brownout",
  description: "First tokens after 2, 5, 12 and 40 s, slots from 12 down to 4, and back; never an error.",
  seed: 1,
  durationMs: 480_000,
  trouble: { fromMs: 90_000, toMs: 330_000 },
  providers: {
    deepseek: {
      start: { ...SMALL_PROVIDER, faults: [] },
      schedule: [
        { atMs: 90_000, ttftMs: 2_000, tokensPerSecond: 40 },
        { atMs: 130_000, ttftMs: 5_000, tokensPerSecond: 25, slots: 8 },
        { atMs: 180_000, ttftMs: 12_000, tokensPerSecond: 12, slots: 6 },
        { atMs: 220_000, ttftMs: 40_000, tokensPerSecond: 8, slots: 4 },
        { atMs: 270_000, ttftMs: 12_000, tokensPerSecond: 12, slots: 6 },
        { atMs: 300_000, ttftMs: 5_000, tokensPerSecond: 25, slots: 8 },
        { atMs: 330_000, profile: "calm", slots: 12 },
      ],
    },
  },
  config: ladderOf(["deepseek"]),
  arrivals: SMALL_ARRIVALS,
  callers: PATIENT_CALLERS,
};
