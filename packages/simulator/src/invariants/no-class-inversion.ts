import { type CallRecord, lastTry } from "../scenario/call-record.ts";
import type { Invariant, Violation } from "./invariant.ts";

/** RFC 9218 urgencies of the classes (semantics page): up to 1 is critical, from 4 on a call may be shed. */
const CRITICAL = 1;
const SHEDDABLE = 4;
/** Shares are compared over this long, ms. */
const WINDOW_MS = 10_000;
/** Fewest calls of a class in a window. */
const LEAST_CALLS = 5;

/** 7: no critical call is shed while a sheddable one is admitted. */
export const noClassInversion: Invariant = {
  promise: 7,
  title: "No critical request is shed while a sheddable one is admitted.",
  check({ calls, endedAt }) {
    const violations: Violation[] = [];
    if (!calls.some(({ urgency }) => urgency <= CRITICAL) || !calls.some(({ urgency }) => urgency >= SHEDDABLE))
      return [];
    for (let from = 0; from < endedAt; from += WINDOW_MS) {
      const window = calls.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < from + WINDOW_MS);
      const critical = window.filter(({ urgency }) => urgency <= CRITICAL);
      const sheddable = window.filter(({ urgency }) => urgency >= SHEDDABLE);
      if (critical.length < LEAST_CALLS || sheddable.length < LEAST_CALLS) continue;
      const shed = critical.filter(wasShed).length / critical.length;
      const shedBelow = sheddable.filter(wasShed).length / sheddable.length;
      if (shed > 0 && shed > shedBelow) {
        const message = `From ${from} ms on ${percent(shed)} of the critical calls were shed, and ${percent(shedBelow)} of the sheddable ones.`;
        violations.push({ promise: 7, message });
      }
    }
    return violations;
  },
};

/** Refused by a limit of ours, and never sent anywhere. */
function wasShed(call: CallRecord): boolean {
  const { attempts, refusals } = lastTry(call);
  return attempts.length === 0 && refusals.length > 0;
}

const percent = (part: number) => `${Math.round(part * 100)}%`;
