import { isPeak, type PriceCalendar } from "../providers/pricing.ts";

/** Peak windows begin and end on quarters of an hour at the finest. */
const STEP_MS = 15 * 60_000;
/** How far ahead is looked, in ms: no calendar has two days of peak without a break. */
const HORIZON_MS = 48 * 3_600_000;

/** The first moment from `now` on that is outside the peak hours of a provider (ms since the Unix epoch). */
export function nextOffPeak(calendar: PriceCalendar | undefined, now: number): number {
  if (calendar === undefined || !isPeak(calendar, now)) return now;
  for (let at = Math.ceil((now + 1) / STEP_MS) * STEP_MS; at <= now + HORIZON_MS; at += STEP_MS) {
    if (!isPeak(calendar, at)) return at;
  }
  return now;
}
