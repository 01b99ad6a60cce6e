/** How full an event loop should be, and what it must not cost. Times in ms, shares from 0 to 1. */
export interface BusyAimShape {
  /** The busy share that is aimed at while the loop is punctual. */
  readonly most: number;
  /** The aim never becomes less. */
  readonly least: number;
  /** A delay of the loop that is fine. */
  readonly delayMs: number;
  /** The share of the time in which the loop may be later than that. */
  readonly lateShare: number;
  /** Time in which the measured share of late time follows a change by 63%. */
  readonly fadeMs: number;
  /** Time in which what is left idle doubles while the loop is late too often. */
  readonly doubleMs: number;
  /** Time in which it halves again while the loop is not. */
  readonly halveMs: number;
}

/**
 * What makes a loop late by more than so many times what is fine stops it altogether (others have the core, say): no idle
 * share within reach would mend that, and until it has caught up it says nothing.
 */
const LONG_PAUSE = 2;

/**
 * The busy share that an event loop can have without being late too often: as high as its pauses allow.
 *
 * After a pause of p ms a loop is late for p / (1 - busy) ms, for as long as it takes to catch up. How long its pauses
 * are, and how often they come, depends on the machine and on what is kept open, and shows only in how often it is late.
 * So what is left idle grows while that is more often than it may be, and shrinks while it is less than half as often:
 * between the two it stays. Fed with samples; it has no timer and reads no clock.
 */
export class BusyAim {
  readonly #shape: BusyAimShape;
  #idle: number;
  #late = 0;
  /** It stood still, and catches up. */
  #stopped = false;
  #sampledAt: number | undefined;

  /** @throws RangeError for a shape that cannot work */
  constructor(shape: BusyAimShape) {
    const { least, most, lateShare, fadeMs, doubleMs, halveMs } = shape;
    const isSound = 0 < least && least <= most && most < 1 && lateShare > 0 && lateShare < 1;
    if (!isSound || !(fadeMs > 0 && doubleMs > 0 && halveMs > 0)) {
      throw new RangeError(`An aim needs 0 < least <= most < 1 and times, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#idle = 1 - most;
  }

  /** Share of the time in which the loop should be busy at the most. */
  get share(): number {
    return 1 - this.#idle;
  }

  /** Notes how late the loop was just now; 0 where it was late by no doing of its own. */
  observe(nowMs: number, delayMs: number): void {
    const { delayMs: fine, lateShare, fadeMs, doubleMs, halveMs, least, most } = this.#shape;
    const sinceMs = Math.min(fadeMs, nowMs - (this.#sampledAt ?? nowMs));
    this.#sampledAt = nowMs;
    if (delayMs > fine * LONG_PAUSE) this.#stopped = true;
    else if (delayMs <= fine) this.#stopped = false;
    const isLate = delayMs > fine && !this.#stopped;
    this.#late += ((isLate ? 1 : 0) - this.#late) * (1 - Math.exp(-sinceMs / fadeMs));
    if (this.#late > lateShare) this.#idle *= 2 ** (sinceMs / doubleMs);
    else if (this.#late < lateShare / 2) this.#idle *= 2 ** (-sinceMs / halveMs);
    this.#idle = Math.min(1 - least, Math.max(1 - most, this.#idle));
  }
}
