import type { CallRecord } from "./call-record.ts";

/**
 * How long after its end a call's record may still change, ms of the run: an attempt that was given up tells of its end
 * after the caller has his answer.
 */
const SETTLED_AFTER_MS = 1_000;

interface Ended {
  readonly call: CallRecord;
  readonly at: number;
}

/** Holds the records of calls that have just ended until nothing about them changes any more, in the order of their ends. */
export class Settling {
  readonly #settled: (call: CallRecord) => void;
  #waiting: Ended[] = [];
  /** How many of those that wait have been passed on. */
  #passed = 0;

  /** @param settled takes each record, once */
  constructor(settled: (call: CallRecord) => void) {
    this.#settled = settled;
  }

  /** A call has ended. @param now ms of the run */
  add(call: CallRecord, now: number): void {
    this.#waiting.push({ call, at: now });
    this.passOn(now - SETTLED_AFTER_MS);
  }

  /** Passes on the records of all calls that ended at this time or before, ms of the run. */
  passOn(endedBy: number): void {
    for (;;) {
      const first = this.#waiting[this.#passed];
      if (first === undefined || first.at > endedBy) break;
      this.#passed++;
      this.#settled(first.call);
    }
    if (2 * this.#passed < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#passed);
    this.#passed = 0;
  }
}
