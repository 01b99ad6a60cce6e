import type { WarmMessages } from "./messages/en.ts";
import type { WarmProgress } from "./warm-run.ts";

/** Characters of the bar. */
const BAR_WIDTH = 24;

/** One line for a terminal: a bar, the share, how many, the rate, and the time that is left. */
export function progressLine(progress: WarmProgress, messages: WarmMessages): string {
  const { done, total, rate, failed, leftMs } = progress;
  const share = total === 0 ? 1 : done / total;
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const left = leftMs === undefined ? "" : `, ${messages.timeLeft(shownTime(leftMs))}`;
  return `${bar} ${percent}  ${messages.progress(done, total, shownRate(rate), failed)}${left}`;
}

/** A rate for people, per second. */
export function shownRate(rate: number): string {
  return rate >= 10 ? rate.toFixed(0) : rate.toFixed(1);
}

/** A time for people: `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function shownTime(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
