import type { Scenario } from "../scenario.ts";
import { PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/**
 * Callers who hang up after 15 s and, when told of an error, ask twice more; no rung below the provider. The trouble
 * goes, but does the load that it has made?
 */
export const retryingCrowd: Scenario = {
  name: "retrying-crowd",
  description: "A sixth of the slots for two minutes, callers that ask again and hang up early, and no last resort.",
  seed: 1,
  durationMs: 360_000,
  trouble: { fromMs: 90_000, toMs: 210_000 },
  providers: {
    deepseek: {
      start: SMALL_PROVIDER,
      schedule: [
        { atMs: 90_000, slots: 2 },
        { atMs: 210_000, slots: 12 },
      ],
    },
  },
  config: {
    providers: {},
    routes: [{ name: "chat", model: "*", deadline: "30s", firstToken: "10s", ladder: ["deepseek"] }],
  },
  arrivals: SMALL_ARRIVALS,
  callers: { ...PATIENT_CALLERS, streamed: 1, retries: 2, patienceMs: 15_000 },
};
