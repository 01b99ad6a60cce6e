import { type CallRecord, lastTry } from "../scenario/call-record.ts";
import { type Invariant, MOST_VIOLATIONS, type Violation } from "./invariant.ts";

/** RFC 9218 urgencies of the classes (semantics page): up to 1 is critical, from 4 on a call may be shed. */
const CRITICAL = 1;
const SHEDDABLE = 4;
/** Shares are compared over this long, ms. */
const WINDOW_MS = 10_000;
/** Fewest calls of a class in a window. */
const LEAST_CALLS = 5;

/** How the two classes fared in one window. */
interface Window {
  critical: number;
  criticalShed: number;
  sheddable: number;
  sheddableShed: number;
}

/** 7: no critical call is shed while a sheddable one is admitted. */
export const noClassInversion: Invariant = {
  promise: 7,
  title: "No critical request is shed while a sheddable one is admitted.",
  begin() {
    const windows = new Map<number, Window>();
    return {
      add(call) {
        const isCritical = call.urgency <= CRITICAL;
        if (!isCritical && call.urgency < SHEDDABLE) return false;
        const window = windowOf(windows, Math.floor(call.arrivedAt / WINDOW_MS));
        const shed = Number(wasShed(call));
        if (isCritical) {
          window.critical++;
          window.criticalShed += shed;
        } else {
          window.sheddable++;
          window.sheddableShed += shed;
        }
        // A class fares well or badly as a whole.
        return false;
      },
      end: () =>
        [...windows]
          .toSorted(([a], [b]) => a - b)
          .flatMap(([index, window]) => inversionIn(index * WINDOW_MS, window))
          .slice(0, MOST_VIOLATIONS),
    };
  },
};

function windowOf(windows: Map<number, Window>, index: number): Window {
  const known = windows.get(index);
  if (known !== undefined) return known;
  const window = { critical: 0, criticalShed: 0, sheddable: 0, sheddableShed: 0 };
  windows.set(index, window);
  return window;
}

function inversionIn(fromMs: number, window: Window): Violation[] {
  const { critical, criticalShed, sheddable, sheddableShed } = window;
  if (critical < LEAST_CALLS || sheddable < LEAST_CALLS) return [];
  const shed = criticalShed / critical;
  const shedBelow = sheddableShed / sheddable;
  if (shed === 0 || shed <= shedBelow) return [];
  const message = `From ${fromMs} ms on ${percent(shed)} of the critical calls were shed, and ${percent(shedBelow)} of the sheddable ones.`;
  return [{ promise: 7, message }];
}

/** Refused by a limit of ours, and never sent anywhere. */
function wasShed(call: CallRecord): boolean {
  const { attempts, refusals } = lastTry(call);
  return attempts.length === 0 && refusals.length > 0;
}

const percent = (part: number) => `${Math.round(part * 100)}%`;
