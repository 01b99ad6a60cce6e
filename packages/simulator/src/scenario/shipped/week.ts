import { CONVERSATION_ARRIVALS } from "../../arrivals/arrival.ts";
import type { ProviderChange, Scenario } from "../scenario.ts";
import { ladderOf } from "./small-town.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAYS = 7;
/** DeepSeek's own peak hours, Beijing time (pricing page): from 9 to 12 and from 14 to 18. */
const PEAK_HOURS: readonly (readonly [from: number, to: number])[] = [
  [9, 12],
  [14, 18],
];
/** The third day's outage, in the middle of its second peak. */
const OUTAGE = { fromMs: 2 * DAY + 15 * HOUR, toMs: 2 * DAY + 15 * HOUR + 30 * MINUTE };

/** Peak and calm by the hours of every day. */
function byHours(): ProviderChange[] {
  const days = Array.from({ length: DAYS }, (_, day) => day * DAY);
  return days.flatMap((start) =>
    PEAK_HOURS.flatMap(([from, to]): ProviderChange[] => [
      { atMs: start + from * HOUR, profile: "peak" },
      { atMs: start + to * HOUR, profile: "calm" },
    ]),
  );
}

/**
 * A week of requests that follow the hours of a Beijing working day: three million, 5 per second on average and twice
 * as many at noon. The first provider has the slots for its peak hours, and one outage in the middle of the week.
 */
export const week: Scenario = {
  name: "week",
  description:
    "Seven days of three million requests by the hours of Beijing, one outage in their midst; only Tideover.",
  seed: 1,
  durationMs: DAYS * DAY,
  trouble: OUTAGE,
  strategies: ["tideover"],
  providers: {
    deepseek: {
      start: { profile: "calm", slots: 180, queue: 400 },
      schedule: [
        ...byHours(),
        { atMs: OUTAGE.fromMs, profile: "outage", dead: true },
        { atMs: OUTAGE.toMs, profile: "peak", dead: false },
      ].toSorted((a, b) => a.atMs - b.atMs),
    },
    alternate: { start: { profile: "calm", slots: 60, queue: 120 }, schedule: byHours() },
  },
  config: ladderOf(["deepseek", "alternate"]),
  arrivals: { ...CONVERSATION_ARRIVALS, rate: 5, diurnalFromHour: 0 },
  callers: { model: "deepseek-chat", streamed: 0.75, retries: 0, priorities: [] },
};
