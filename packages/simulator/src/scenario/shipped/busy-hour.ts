import { CONVERSATION_ARRIVALS } from "../../arrivals/arrival.ts";
import type { Scenario } from "../scenario.ts";

const MINUTE = 60_000;

/**
 * An hour of the Azure conversation trace (or arrivals fitted to it) through calm, peak, brownout, outage and
 * recovery, with one alternate host that has a third of the capacity and the same peak hours. 72 slots are what the
 * primary needs at its peak: 5.5 requests per second that hold a slot for 13 s on average.
 */
export const busyHour: Scenario = {
  name: "busy-hour",
  description:
    "Calm, peak, brownout, outage and recovery of the first provider; an alternate with a third of its slots.",
  seed: 1,
  durationMs: 58 * MINUTE,
  trouble: { fromMs: 24 * MINUTE, toMs: 44 * MINUTE },
  providers: {
    deepseek: {
      start: { profile: "calm", slots: 90, queue: 200 },
      schedule: [
        { atMs: 12 * MINUTE, profile: "peak" },
        { atMs: 24 * MINUTE, profile: "brownout" },
        { atMs: 34 * MINUTE, profile: "outage", dead: true },
        { atMs: 44 * MINUTE, profile: "calm" },
      ],
    },
    alternate: {
      start: { profile: "calm", slots: 30, queue: 60 },
      schedule: [
        { atMs: 12 * MINUTE, profile: "peak" },
        { atMs: 44 * MINUTE, profile: "calm" },
      ],
    },
  },
  config: {
    providers: {},
    routes: [
      {
        name: "chat",
        model: "*",
        deadline: "60s",
        firstToken: "10s",
        ladder: [
          "deepseek",
          "alternate",
          { template: { text: "The service is busy. Please try again in a few minutes." } },
        ],
      },
    ],
  },
  arrivals: CONVERSATION_ARRIVALS,
  callers: { model: "deepseek-chat", streamed: 1, retries: 0, priorities: [] },
};
