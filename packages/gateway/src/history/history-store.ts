import type { Tier } from "./defaults.ts";
import { type HistoryRecord, mergeInto } from "./history-record.ts";

/** One step of the past. */
export interface HistoryStep {
  /** When it begins, in ms since the Unix epoch; a multiple of its tier's step. */
  readonly at: number;
  readonly record: HistoryRecord;
}

/**
 * Where the steps of the past are kept, by tier. What every adapter must do: `testing/history-store-suite.ts`.
 * Operations reject with the store's own error when it cannot do them; no request waits for any.
 */
export interface HistoryStore {
  /**
   * Keeps a finest step; what is there already for the same time (the clock went back, the process was restarted within
   * the step, another gateway counted too) is added to it.
   * @param at any moment of the step
   */
  add(at: number, record: HistoryRecord): Promise<void>;
  /**
   * Makes the coarser steps that have become complete. It goes on where it ended, also after a crash.
   * @returns how many steps were made
   */
  rollUp(now: number): Promise<number>;
  /** Forgets what is past its keeping; at most some thousand steps of each tier at a time. */
  clear(now: number): Promise<void>;
  /**
   * The steps of a tier that begin within [from, to), oldest first; what its tier has not got yet comes from the finer
   * ones. The event loop gets its turn between some of them.
   */
  steps(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep>;
  /**
   * How many minutes of each hour were recorded: whether the gateway ran all of it.
   * @returns by the hour's beginning; hours older than minutes are kept are not in it
   */
  minutesRecorded(from: number, to: number): Promise<ReadonlyMap<number, number>>;
  /** Lets go of what the store holds for itself; a data folder is closed by whoever opened it. */
  close(): Promise<void>;
}

/** When the step begins that a moment lies in. */
export function startOf(at: number, { stepMs }: Pick<Tier, "stepMs">): number {
  return Math.floor(at / stepMs) * stepMs;
}

/** Adds steps up to longer ones; the records are its own to change from then on. */
export async function* inSteps(steps: AsyncIterable<HistoryStep>, stepMs: number): AsyncGenerator<HistoryStep> {
  let current: HistoryStep | undefined;
  for await (const { at, record } of steps) {
    const begins = startOf(at, { stepMs });
    if (current !== undefined && current.at !== begins) {
      yield current;
      current = undefined;
    }
    // The first one is nobody else's: it is added to as it is.
    if (current === undefined) current = { at: begins, record };
    else mergeInto(current.record, record);
  }
  if (current !== undefined) yield current;
}

/** Lets everything else that waits have its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
