import type { Clock, Timer } from "../engine/clock.ts";

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Wall-clock time at which virtual time begins: 2026-11-22T00:00:00Z, so that dates in tests are stable. */
const VIRTUAL_EPOCH_MS = Date.UTC(2026, 10, 22);

/** Lets every promise callback that is ready run, before the next timer fires. */
const drainMicrotasks = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/**
 * A clock that stands still until it is told to advance. Timers fire in the order of their time, then of their
 * making; between two times all promise callbacks run.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #heap: Entry[] = [];
  #pending = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return VIRTUAL_EPOCH_MS + this.#now;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback, cancelled: false };
    this.#push(entry);
    this.#pending++;
    return {
      cancel: () => {
        if (entry.cancelled) return;
        entry.cancelled = true;
        this.#pending--;
      },
    };
  }

  /** How many timers are waiting; zero after a run means that nothing leaked. */
  get pendingTimers(): number {
    return this.#pending;
  }

  /** Moves time on by `ms`, firing what is due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await drainMicrotasks();
    while (this.#fireNext(until)) await drainMicrotasks();
    this.#now = until;
  }

  /**
   * Moves time on, timer by timer, until `promise` settles, and gives its result.
   * @throws Error when it has not settled after `maxMs` of virtual time, or when no timer is left to wait for.
   */
  async run<T>(promise: Promise<T>, maxMs = 24 * 3_600_000): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    const until = this.#now + maxMs;
    await drainMicrotasks();
    while (!settled) {
      if (!this.#fireNext(until)) {
        // Real input and output (a socket in a test) may still be on its way: give it a moment before giving up.
        await drainMicrotasks();
        if (settled) break;
        throw new Error(
          `Virtual time stands at ${this.#now} ms and the promise has not settled: nothing is scheduled.`,
        );
      }
      await drainMicrotasks();
    }
    return promise;
  }

  #fireNext(until: number): boolean {
    let entry = this.#heap[0];
    while (entry?.cancelled) {
      this.#pop();
      entry = this.#heap[0];
    }
    if (entry === undefined || entry.at > until) return false;
    this.#pop();
    this.#now = Math.max(this.#now, entry.at);
    entry.cancelled = true;
    this.#pending--;
    entry.callback();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent] as Entry, entry)) break;
      heap[index] = heap[parent] as Entry;
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
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (before(last, heap[child] as Entry)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
