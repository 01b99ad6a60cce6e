import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** Chunks of one answer: every token its own, because the trickle is in the time between tokens. */
const TOKEN_BY_TOKEN = 10_000;

/** A third of the first provider's answers trickle at a token in 5 s: no gap is ever long enough to be a stall. */
export const trickle: Scenario = {
  name: "trickle",
  description: "A third of the first provider's answers come at a token in 5 s; the route asks for 1 event per second.",
  seed: 1,
  durationMs: 300_000,
  trouble: { fromMs: 60_000, toMs: 180_000 },
  providers: {
    deepseek: {
      start: { ...SMALL_PROVIDER, slots: 40 },
      schedule: [
        { atMs: 60_000, faults: [{ fault: "trickle", share: 0.33 }] },
        { atMs: 180_000, faults: [] },
      ],
      chunks: TOKEN_BY_TOKEN,
    },
    alternate: { start: SMALL_PROVIDER, schedule: [], chunks: TOKEN_BY_TOKEN },
  },
  config: ladderOf(["deepseek", "alternate"], { minRate: "1/s" }),
  arrivals: { ...SMALL_ARRIVALS, rate: 0.8, output: { p50: 40, p95: 90 } },
  callers: { ...PATIENT_CALLERS, streamed: 1 },
};
