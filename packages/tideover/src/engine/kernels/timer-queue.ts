import type { Timer } from "../clock.ts";

/** Cancelled timers that are let lie beside as many live ones before the heap is swept. */
const SLACK = 64;

/** A timer that waits. A call sets half a dozen, so it is one object, and not one with closures of its own. */
class Entry implements Timer {
  readonly at: number;
  /** Number in the order of scheduling: equal times fire in it. */
  readonly order: number;
  callback: (() => void) | undefined;
  readonly #onCancel: (entry: Entry) => void;

  constructor(at: number, order: number, callback: () => void, onCancel: (entry: Entry) => void) {
    this.at = at;
    this.order = order;
    this.callback = callback;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    this.#onCancel(this);
  }
}

/**
 * Timers by their time, for clocks: a binary heap from which a cancelled timer is not removed but swept out with others
 * when they are many. Nearly every timer of a call is cancelled long before its time, so cancelling must cost nothing,
 * and what lies in the heap stays below twice the live timers plus a constant.
 *
 * Pure: it knows no clock, and whoever owns it says what time it is.
 */
export class TimerQueue {
  #heap: Entry[] = [];
  #order = 0;
  #live = 0;
  readonly #onEmpty: () => void;

  /** @param onEmpty called when the last waiting timer is cancelled */
  constructor(onEmpty: () => void = () => {}) {
    this.#onEmpty = onEmpty;
  }

  /** Timers that wait. */
  get size(): number {
    return this.#live;
  }

  /** The time of the first that waits; undefined when none does. */
  get nextAt(): number | undefined {
    return this.#first()?.at;
  }

  /**
   * @param at when it is due, in ms on the owner's clock
   * @throws RangeError for a time that is not a number: it would put the others out of order
   */
  add(at: number, callback: () => void): Timer {
    if (Number.isNaN(at)) throw new RangeError("A timer needs a time, got NaN");
    const entry = new Entry(at, this.#order++, callback, this.#cancel);
    this.#push(entry);
    this.#live++;
    return entry;
  }

  /** Takes the first timer that is due, in the order of their times, then of their scheduling. */
  takeDue(now: number): { readonly at: number; readonly callback: () => void } | undefined {
    const entry = this.#first();
    const callback = entry?.callback;
    if (entry === undefined || callback === undefined || entry.at > now) return undefined;
    this.#pop();
    entry.callback = undefined;
    this.#live--;
    return { at: entry.at, callback };
  }

  readonly #cancel = (entry: Entry): void => {
    if (entry.callback === undefined) return;
    // Forgotten at once, with all that it holds, though the entry itself may lie here until it is swept out.
    entry.callback = undefined;
    this.#live--;
    if (this.#heap.length > 2 * this.#live + SLACK) this.#sweep();
    if (this.#live === 0) this.#onEmpty();
  };

  #first(): Entry | undefined {
    let entry = this.#heap[0];
    while (entry !== undefined && entry.callback === undefined) {
      this.#pop();
      entry = this.#heap[0];
    }
    return entry;
  }

  /** A sorted array is a heap. */
  #sweep(): void {
    this.#heap = this.#heap.filter(({ callback }) => callback !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, entry)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      if (below === undefined) break;
      const other = heap[child + 1];
      if (other !== undefined && before(other, below)) {
        child++;
        below = other;
      }
      if (before(last, below)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
