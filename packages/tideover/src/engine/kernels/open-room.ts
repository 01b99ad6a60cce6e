import { BusyAim, type BusyAimShape } from "./busy-aim.ts";
import { CoDel } from "./codel.ts";

/** How much a process may have open, and how that is learned. Times in ms, shares from 0 to 1. */
export interface OpenRoomShape extends Pick<BusyAimShape, "lateShare" | "doubleMs" | "halveMs"> {
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
  /** Share of the time in which the loop should be busy at the most, while it is punctual. */
  readonly busy: number;
  /** The same where its pauses would make it late too often. */
  readonly leastBusy: number;
  /** Time in which the measured share of late time follows a change by 63%. */
  readonly lateFadeMs: number;
  /** The same below which a late loop is not late because of what it does: others hold the machine. */
  readonly ownBusy: number;
  /** Time in which the measured share of busy time follows a change by 63%. */
  readonly busyFadeMs: number;
  /** Least time between two changes of the room. */
  readonly stepMs: number;
  /** What is left of the room in a step at the least: a process that has just started is busy for other reasons. */
  readonly fall: number;
  /** Growth in a step. */
  readonly rise: number;
  /** Time in which the cost of an exchange follows a rise by 63%. */
  readonly costRiseMs: number;
  /** The same for a fall, of a loop that is as busy as it should be; of one that is less busy, as much longer. */
  readonly costFallMs: number;
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
  /** Those of them that are streams without their first token: they cost nothing yet. */
  readonly waiting: number;
}

/** What is open says something of a room up to so many times as large. */
const TOLD_BY = 4;
/** Below this share of `busy` a process rests: what was learned under load is forgotten. */
const REST = 0.5;
/** A loop that is busier than aimed at by more than this is too full. */
const AIM_MARGIN = 0.02;
/** The longest time between two steps that counts, in ms: of what was between two distant looks nothing is known. */
const LONGEST_STEP_MS = 1_000;

/**
 * How many exchanges a process can have open at once without its answers beginning to stutter, learned from its event
 * loop. Fed with samples; it has no timer and reads no clock.
 *
 * The share of time in which the loop is busy decides, for it tells early: the delay of a loop is next to nothing up to
 * the point where it has no idle time left, and then, as streams end in their own time, it stays for as long as they do.
 *
 * - A loop that is too busy has room for `open * target / busy`: the proportional rule of Kubernetes' autoscaler, with
 *   the load divided instead of the machines multiplied.
 * - One that is not has room for `target / cost`, and approaches it step by step. The cost is the busy share of one
 *   exchange, of those that cost something: streams without their first token do not yet, and will. Counted as cheap,
 *   they would make room for more of their kind, and all would speak at once.
 * - The cost rises quickly and falls slowly (after Finagle's peak EWMA), and more slowly while the loop has little to do:
 *   a provider that says nothing for a minute does not make its streams cheap.
 * - How busy is too busy depends on the pauses of the loop ({@link BusyAim}).
 * - The delay of the loop is what is left for a loop that is less busy and yet late: while it stands (CoDel: the least
 *   delay of an interval, so that one collection of garbage is none) by its own doing, it counts as busy all the time.
 */
export class OpenRoom {
  readonly #shape: OpenRoomShape;
  readonly #delay: CoDel;
  readonly #aim: BusyAim;
  #room: number;
  #busy = 0;
  /** Exchanges that cost something, as far behind the truth as the busy share is: one is divided by the other. */
  #flowing = 0;
  /** Busy share of one exchange; 0 while nothing is known. */
  #cost = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #steppedAt = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a shape that cannot work */
  constructor(shape: OpenRoomShape) {
    const { start, least, most, fall, rise, classes, busy, costRiseMs, costFallMs } = shape;
    const isSound = 1 <= least && least <= most && 1 <= start && fall > 0 && fall < 1 && rise > 0;
    const isTimed = costRiseMs > 0 && costFallMs > 0;
    if (!isSound || !isTimed || !(busy > 0 && busy <= 1) || classes.some((share) => !(share > 0))) {
      throw new RangeError(`Room for open exchanges needs 1 <= least <= most and shares, got ${JSON.stringify(shape)}`);
    }
    this.#shape = shape;
    this.#delay = new CoDel({ targetMs: shape.delayMs, intervalMs: shape.standingMs });
    this.#aim = new BusyAim({ ...shape, most: busy, least: shape.leastBusy, fadeMs: shape.lateFadeMs });
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
  observe(nowMs: number, { delayMs, busyShare, open, waiting }: LoopSample): void {
    const { busyFadeMs, ownBusy, stepMs } = this.#shape;
    const weight = 1 - Math.exp(-(nowMs - this.#sampledAt) / busyFadeMs);
    this.#busy += (busyShare - this.#busy) * weight;
    this.#flowing += (open - waiting - this.#flowing) * weight;
    this.#sampledAt = nowMs;
    this.#delay.observe(nowMs, delayMs);
    // One that is busier than it should be is late because of that, and the room is already being taken back.
    if (this.#busy <= this.#aim.share + AIM_MARGIN) this.#aim.observe(nowMs, this.#busy >= ownBusy ? delayMs : 0);
    const sinceMs = nowMs - this.#steppedAt;
    if (sinceMs < stepMs) return;
    this.#steppedAt = nowMs;
    this.#learnCost(Math.min(sinceMs, LONGEST_STEP_MS));
    this.#room = clamp(this.#nextRoom(open), this.#shape.least, this.#shape.most);
  }

  #learnCost(sinceMs: number): void {
    const { least, costRiseMs, costFallMs } = this.#shape;
    // What a process does beside its exchanges would make each of a few look dear.
    if (this.#flowing < least) return;
    const seen = this.#busy / this.#flowing;
    if (this.#cost === 0) this.#cost = seen;
    const fading = seen > this.#cost ? sinceMs / costRiseMs : (sinceMs / costFallMs) * (this.#busy / this.#aim.share);
    this.#cost = seen + (this.#cost - seen) * Math.exp(-fading);
  }

  #nextRoom(open: number): number {
    const { start, fall, rise } = this.#shape;
    const busy = this.#aim.share;
    const load = this.isLate ? 1 : this.#busy;
    if (load > busy) return Math.min(this.#room, Math.max(this.#room * fall, open * (busy / load)));
    if (this.#cost > 0 && this.#flowing * TOLD_BY >= this.#room) {
      return Math.max(this.#room, Math.min(this.#room * (1 + rise), busy / this.#cost));
    }
    const isAtRest = this.#busy < busy * REST && this.#room < start;
    return isAtRest ? Math.min(start, this.#room * (1 + rise)) : this.#room;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
