import { type Clock, type Timer, TimerQueue } from "tideover/engine";

/**
 * The longest delay of Node's timer, in ms. So often the clock looks whether something is due, rather than being set
 * anew for every timer that comes before those that wait. Far below the 24 days that Node can wait at once.
 */
const LOOK_EVERY_MS = 1_000;
/**
 * A look that is later than this, in ms, was held up by other work: what arrived meanwhile has not been read yet, and is
 * read first, so that a stall of this process does not pass for a slow provider or store.
 */
const STALL_MS = 20;
/** The shortest delay, in ms, as Node's own timers have it: a timer that sets itself again lets others run. */
const SHORTEST_TIMER_MS = 1;

/**
 * Real time for a server. All its timers share one of Node's: a call sets several and cancels nearly all of them, and
 * that must not cost several of Node's. A timer never fires before its time on this very clock; delays of more than 24
 * days work; the process lives as long as one waits.
 *
 * Not for the SDK's platforms: where timers belong to a request (Cloudflare Workers), one cannot serve another's.
 */
export class SystemClock implements Clock {
  readonly #timers = new TimerQueue(() => this.#handle?.unref());
  #handle: NodeJS.Timeout | undefined;
  /** Set while a late look waits for the sockets to be read. */
  #held: NodeJS.Immediate | undefined;
  /** When Node's timer fires; it may be before the first of ours, never after. */
  #armedFor = Number.POSITIVE_INFINITY;

  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const now = this.now();
    const isFirst = this.#timers.size === 0;
    const timer = this.#timers.add(now + Math.max(SHORTEST_TIMER_MS, delayMs), callback);
    if (isFirst) this.#handle?.ref();
    this.#arm(now);
    return timer;
  }

  #arm(now: number): void {
    const next = this.#timers.nextAt;
    if (next === undefined || this.#held !== undefined || (this.#handle !== undefined && this.#armedFor <= next))
      return;
    clearTimeout(this.#handle);
    this.#armedFor = Math.min(next, now + LOOK_EVERY_MS);
    this.#handle = setTimeout(this.#look, Math.max(SHORTEST_TIMER_MS, Math.ceil(this.#armedFor - now)));
  }

  readonly #look = (): void => {
    const isLate = this.now() - this.#armedFor > STALL_MS;
    this.#handle = undefined;
    // Node runs immediates after it has read its sockets. Until then nothing else is armed.
    if (isLate) this.#held = setImmediate(this.#runDue);
    else this.#runDue();
  };

  readonly #runDue = (): void => {
    this.#held = undefined;
    // One look at the time: what a callback schedules waits for its turn.
    const now = this.now();
    try {
      // Node's timers may fire a little early: then nothing is due yet.
      for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) due.callback();
    } finally {
      this.#arm(this.now());
    }
  };
}
