import { useMemo } from "preact/hooks";
import { useLive } from "../../api/live.tsx";
import { LIVE_MS, type Timeline, timelineOfHistory, timelineOfTicks, withPast } from "../../api/timeline.ts";
import type { HistoryAnswer } from "../../api/types.ts";
import { type Asked, useAnswer } from "../../api/use-answer.ts";

/** The periods that can be looked at. */
export const RANGES = ["live", "hour", "day", "week", "month"] as const;

/** One of them. */
export type Range = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of each period its length in ms, and how many steps a chart of it shows. */
const PERIODS: Readonly<Record<Exclude<Range, "live">, { readonly ms: number; readonly points: number }>> = {
  hour: { ms: HOUR_MS, points: 180 },
  day: { ms: DAY_MS, points: 288 },
  week: { ms: 7 * DAY_MS, points: 337 },
  month: { ms: 30 * DAY_MS, points: 361 },
};
const LIVE_PERIOD = { ms: LIVE_MS, points: 30 };
/** How often a period is asked for anew, in ms. */
const AGAIN_MS = 15_000;

/** What the charts draw: the last minutes from the event stream, longer periods from the history. */
export function useTimeline(range: Range): {
  readonly timeline: Timeline;
  readonly asked: Asked<HistoryAnswer>;
} {
  const { ticks } = useLive();
  const period = range === "live" ? LIVE_PERIOD : PERIODS[range];
  const asked = useAnswer<HistoryAnswer>(`/admin/api/history?points=${period.points}`, AGAIN_MS, () => {
    const to = Date.now();
    return `&from=${to - period.ms}&to=${to}`;
  });
  const past = useMemo(
    () => (asked.answer?.type === "value" ? timelineOfHistory(asked.answer.value) : undefined),
    [asked.answer],
  );
  const timeline = useMemo(() => {
    if (range !== "live" && past !== undefined) return past;
    // A period that is not there yet, or cannot be had, leaves what is live in sight.
    const live = timelineOfTicks(ticks);
    return past === undefined ? live : withPast(live, past);
  }, [range, ticks, past]);
  return { timeline, asked };
}
