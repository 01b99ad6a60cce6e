import type { Clock, Timer } from "../engine/clock.ts";
import { TimerQueue } from "../engine/kernels/timer-queue.ts";

/** Wall-clock time at which virtual time begins: 2026-11-22T00:00:00Z, so that dates in tests are stable. */
const VIRTUAL_EPOCH_MS = Date.UTC(2026, 10, 22);

/** A turn of the event loop: every promise callback that is ready runs, and input and output get a chance. */
const eventLoopTurn = (): Promise<void> =>
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
  readonly #timers = new TimerQueue();
  readonly #turn: () => Promise<void>;

  /**
   * @param turn lets every promise callback that is ready run, before the next timer fires. Default: a turn of the
   *   event loop. Whoever touches no socket and no file can do with less.
   */
  constructor(turn: () => Promise<void> = eventLoopTurn) {
    this.#turn = turn;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return VIRTUAL_EPOCH_MS + this.#now;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return this.#timers.add(this.#now + Math.max(0, delayMs), callback);
  }

  /** How many timers are waiting; zero after a run means that nothing leaked. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, firing what is due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.#turn();
    while (this.#fireNext(until)) await this.#turn();
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
    await this.#turn();
    while (!settled) {
      if (!this.#fireNext(until)) {
        // Real input and output (a socket in a test) may still be on its way: give it a moment before giving up.
        await this.#turn();
        if (settled) break;
        throw new Error(
          `Virtual time stands at ${this.#now} ms and the promise has not settled: nothing is scheduled.`,
        );
      }
      await this.#turn();
    }
    return promise;
  }

  #fireNext(until: number): boolean {
    const due = this.#timers.takeDue(until);
    if (due === undefined) return false;
    this.#now = Math.max(this.#now, due.at);
    due.callback();
    return true;
  }
}
