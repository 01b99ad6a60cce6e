import type { Clock } from "../../clock.ts";
import { CHAOS_LONGEST_MS, CHAOS_MOST_SHARE } from "./defaults.ts";

/** What may be done to an attempt. */
export type ChaosFault =
  /** The answer begins so many ms later. */
  | { readonly type: "latency"; readonly ms: number }
  /** The provider is not asked; this is what it would have said. */
  | { readonly type: "failure"; readonly kind: "overloaded" | "fault" }
  /** The answer breaks after so many content events; 0: before the first. */
  | { readonly type: "cut"; readonly afterContentEvents: number };

/** Faults on purpose. There is no default: who wants them says how many, which, and until when. */
export interface ChaosOptions {
  /** Share of attempts that are hit, up to 0.5. */
  readonly share: number;
  /** One of them is drawn for each attempt that is hit. */
  readonly faults: readonly ChaosFault[];
  /** When it ends by itself, in ms since the Unix epoch; at most 24 h ahead. */
  readonly until: number;
  /** The providers whose attempts may be hit; absent: all. */
  readonly providers?: readonly string[] | undefined;
  /** Critical calls (urgency 0 and 1) may be hit too. Default: false. */
  readonly critical?: boolean | undefined;
}

/** @throws RangeError for options that make no sense or go too far, with the value and what would do */
export function validateChaos({ share, faults, until }: ChaosOptions, clock: Clock): void {
  if (!(share > 0 && share <= CHAOS_MOST_SHARE)) {
    throw new RangeError(`Chaos needs a share above 0 and up to ${CHAOS_MOST_SHARE}, got ${share}`);
  }
  if (faults.length === 0) throw new RangeError("Chaos needs at least one fault, got none");
  for (const fault of faults) {
    if (!isPossible(fault)) throw new RangeError(`Chaos cannot do ${JSON.stringify(fault)}: it needs a number from 0`);
  }
  const aheadMs = until - clock.wallTime();
  if (!(aheadMs <= CHAOS_LONGEST_MS)) {
    const most = new Date(clock.wallTime() + CHAOS_LONGEST_MS).toISOString();
    throw new RangeError(`Chaos must end within a day, by ${most}, got ${describeTime(until)}`);
  }
}

function isPossible(fault: ChaosFault): boolean {
  switch (fault.type) {
    case "latency":
      return fault.ms > 0 && Number.isFinite(fault.ms);
    case "cut":
      return Number.isInteger(fault.afterContentEvents) && fault.afterContentEvents >= 0;
    case "failure":
      return true;
  }
}

function describeTime(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
