import { CoDel } from "./codel.ts";

/** How much a process may have open, and how that is learned. Times in ms, shares from 0 to 1. */
export interface OpenRoomShape {
  /** Room at the start and after a rest: what one process bears without having been watched. */
  readonly start: number;
  /** The room never becomes less. */
  readonly least: number;
  /** The room never becomes more. */
  readonly most: number;
  /** A delay of the event loop that is fine. */
  readonly delayMs: number;
  /** For how long the delay must stay above that before it is more than a hiccup. */
  readonly standingMs: number;
  /** Share of the time in which the loop is busy from which on nothing more is taken on. */
  readonly busy: number;
  /** The same below which a late loop is not late because of what it does: others hold the machine. */
  readonly ownBusy: number;
  /** Time in which the measured share of busy time follows a change by 63%. */
  readonly busyFadeMs: number;
  /** Least time between two changes of the room. */
  readonly stepMs: number;
  /** What is left of the room when the delay stands. */
  readonly fall: number;
  /** Growth in a step while the room is used and the loop bears it. */
  readonly rise: number;
  /** The share of the room that each class may fill, the most important first. */
  readonly classes: readonly number[];
}

/** What was seen of a process since the last look. */
export interface LoopSample {
  /** How much later than it should have something ran, in ms. */
  readonly delayMs: number;
  /** Share of the time in which the event loop was not idle. */
  readonly busyShare: number;
  /** Exchanges that are open now. */
  readonly open: number;
}

/** From this share of the room on it counts as used: growing it means something then. */
const USED = 0.8;
/** Below this share of `busy` a process rests: what was learned under load is forgotten. */
const REST = 0.5;

/**
 * How many exchanges a process can have open at once without its answers beginning to stutter, learned from its event
 * loop. Fed with samples; it has no timer and reads no clock.
 *
 * The delay of the loop decides: while it stands (CoDel: the least delay of an interval, so that one collection of
 * garbage is none) and the loop is busy (so that it is its own doing, not a neighbour's), the room shrinks, and shrinks again only when what is open has come down to it: streams end in their
 * own time, and shrinking meanwhile would only overshoot. The loop's busy share warns before the delay comes: a loop
 * that is nearly always busy takes on nothing more, one for one.
 */
export class OpenRoom {
  readonly #shape: OpenRoomShape;
  readonly #delay: CoDel;
  #room: number;
  #busy = 0;
  #isFull = false;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #steppedAt = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a shape that cannot work */
  constructor(shape: OpenRoomShape) {
    const { start, least, most, fall, rise, classes, busy } = shape;
    const isSound = 1 <= least && least <= most && 1 <= start && fall > 0 && fall < 1 && rise > 0;
    if (!isSound || !(busy > 0 && busy <= 1) || classes.some((share) => !(share > 0))) {
      throw new RangeError(`Room for open exchanges needs 1 <= least <= most and shares, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#delay = new CoDel({ targetMs: shape.delayMs, intervalMs: shape.standingMs });
    this.#room = clamp(start, least, most);
  }

  /** Exchanges that may be open at once; the first class may have a little more. */
  get room(): number {
    return Math.floor(this.#room);
  }

  /** Share of busy time lately, 0 to 1. */
  get busyShare(): number {
    return this.#busy;
  }

  /** The loop has been late for longer than a hiccup, by its own doing. */
  get isLate(): boolean {
    return this.#delay.standing && this.#busy >= this.#shape.ownBusy;
  }

  /** Whether one more of a class (0 is the most important) may be taken on while `open` are open. */
  admits(callClass: number, open: number): boolean {
    const { classes, least } = this.#shape;
    const share = classes[callClass] ?? classes.at(-1) ?? 1;
    return open < Math.max(least * Math.min(1, share), this.#room * share);
  }

  /** Notes how the loop was since the last sample. */
  observe(nowMs: number, { delayMs, busyShare, open }: LoopSample): void {
    const { start, least, most, busyFadeMs, stepMs, fall, rise, busy } = this.#shape;
    const weight = 1 - Math.exp(-(nowMs - this.#sampledAt) / busyFadeMs);
    this.#busy += (busyShare - this.#busy) * weight;
    this.#sampledAt = nowMs;
    this.#delay.observe(nowMs, delayMs);
    if (nowMs - this.#steppedAt < stepMs) return;
    this.#steppedAt = nowMs;
    const wasFull = this.#isFull;
    this.#isFull = this.#busy >= busy;
    if (this.isLate) {
      // An exchange that came while the room was larger is still open: it has shrunk for that already.
      if (open <= this.#room) this.#room = clamp(open * fall, least, most);
    } else if (this.#isFull) {
      if (!wasFull) this.#room = clamp(Math.min(this.#room, open), least, most);
    } else if (open >= this.#room * USED) {
      this.#room = clamp(this.#room * (1 + rise), least, most);
    } else if (this.#busy < busy * REST && this.#room < start) {
      this.#room = clamp(this.#room * (1 + rise), least, Math.min(start, most));
    }
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
