import { findProfile } from "../model/profiles.ts";
import { type ConditionInForce, conditionAt } from "../scenario/provider-timeline.ts";

/** A provider's slots over time, as someone sees them who knows when each will be free. */
export class SlotBook {
  readonly #timeline: readonly ConditionInForce[];
  /** When the generations that were sent so far end, ms, ascending. */
  #ends: number[] = [];

  constructor(timeline: readonly ConditionInForce[]) {
    this.#timeline = timeline;
  }

  /** When a request that comes at `atMs` would get a slot, ms; undefined when the queue is full. */
  startAt(atMs: number): number | undefined {
    this.#forget(atMs);
    const { slots, queue } = this.#size(atMs);
    const busy = this.#ends.length;
    if (busy < slots) return atMs;
    if (busy - slots >= queue) return undefined;
    return this.#ends[busy - slots];
  }

  /** Holds a slot until then. */
  take(endMs: number): void {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) <= endMs) low = middle + 1;
      else high = middle;
    }
    this.#ends.splice(low, 0, endMs);
  }

  /** Taken slots and queue places by slot, at a time. */
  load(atMs: number): number {
    this.#forget(atMs);
    return this.#ends.length / Math.max(1, this.#size(atMs).slots);
  }

  #forget(atMs: number): void {
    let ended = 0;
    while ((this.#ends[ended] ?? Number.POSITIVE_INFINITY) <= atMs) ended++;
    if (ended > 0) this.#ends = this.#ends.slice(ended);
  }

  #size(atMs: number): { readonly slots: number; readonly queue: number } {
    const condition = conditionAt(this.#timeline, atMs);
    const profile = findProfile(condition.profile);
    return { slots: condition.slots ?? profile.slots, queue: condition.queue ?? profile.queue };
  }
}
