import { RingWindow } from "./ring-window.ts";

/** How well a service answers, from best to worst. */
export const LEVELS = ["normal", "busy", "degraded", "outage"] as const;

/** One of {@link LEVELS}, by its place there: 0 normal to 3 outage. */
export type Level = 0 | 1 | 2 | 3;

/**
 * How one request was answered.
 * - `well`: by what comes first, or from a fresh copy.
 * - `elsewhere`: as well, but by somebody who is asked later.
 * - `worse`: by something that is less than an answer made for it.
 * - `not`: it was not.
 */
export type Answered = "well" | "elsewhere" | "worse" | "not";

/** What else is known, whoever asks or does not ask. */
export interface ServiceFacts {
  /** Who could answer as well as it should be: everybody, somebody, nobody. */
  readonly able: "all" | "some" | "none";
  /** Something that is worse would still answer. */
  readonly hasLastResort: boolean;
  /** More is asked than there is room for. */
  readonly pressed: boolean;
}

/** When a level is entered and left. Shares of the answers in the window. */
export interface LevelShape {
  readonly windowMs: number;
  /** With fewer answers in the window they say nothing. */
  readonly minimum: number;
  /** Not answered at all: from this share on it is an outage. */
  readonly outage: number;
  /** Not answered or answered worse: from this share on it is degraded. */
  readonly degraded: number;
  /** Not answered well: from this share on it is busy. */
  readonly busy: number;
  /** A level is left when its share has fallen below this part of what it was entered at. */
  readonly leaveAt: number;
  /** ... and stayed there for so long, in ms. */
  readonly holdMs: number;
}

const BUCKETS = 10;
const COLUMNS: Readonly<Record<Answered, number>> = { well: 0, elsewhere: 1, worse: 2, not: 3 };

/**
 * A level with hysteresis: it gets worse at once, on evidence of a few answers, and better one step at a time, when
 * what made it worse has been gone for a while. Computed from the clock whenever it is looked at: no timer.
 */
export class ServiceLevel {
  readonly #shape: LevelShape;
  readonly #answers: RingWindow;
  #level: Level = 0;
  #since: number;
  /** Since when things have been better than the level says. */
  #betterSince: number | undefined;

  /** @throws RangeError for a shape that makes no sense, with the value */
  constructor(shape: LevelShape, nowMs: number) {
    for (const name of ["windowMs", "minimum", "outage", "degraded", "busy", "holdMs"] as const) {
      if (!(shape[name] > 0)) throw new RangeError(`A service level needs ${name} > 0, got ${shape[name]}`);
    }
    if (!(shape.leaveAt > 0 && shape.leaveAt <= 1)) {
      throw new RangeError(`A service level needs 0 < leaveAt <= 1, got ${shape.leaveAt}`);
    }
    this.#shape = shape;
    this.#answers = new RingWindow(4, BUCKETS, shape.windowMs / BUCKETS);
    this.#since = nowMs;
  }

  /** Since when the level is what it is, on the caller's clock (ms). */
  get since(): number {
    return this.#since;
  }

  /** A request was answered, or was not. */
  note(nowMs: number, answered: Answered): void {
    this.#answers.add(nowMs, COLUMNS[answered], 1);
  }

  /** The level now. */
  read(nowMs: number, facts: ServiceFacts): Level {
    const entered = this.#measure(nowMs, facts, 1);
    if (entered >= this.#level) {
      this.#betterSince = undefined;
      if (entered > this.#level) this.#change(entered, nowMs);
      return this.#level;
    }
    if (this.#measure(nowMs, facts, this.#shape.leaveAt) >= this.#level) {
      this.#betterSince = undefined;
      return this.#level;
    }
    this.#betterSince ??= nowMs;
    // Whoever looks seldom finds several steps due at once.
    while (this.#level > entered && nowMs - this.#betterSince >= this.#shape.holdMs) {
      this.#betterSince += this.#shape.holdMs;
      this.#change((this.#level - 1) as Level, nowMs);
    }
    return this.#level;
  }

  /** @param part of the shares at which levels are entered */
  #measure(nowMs: number, facts: ServiceFacts, part: number): Level {
    const { minimum, outage, degraded, busy } = this.#shape;
    const [well, elsewhere, worse, not] = [0, 1, 2, 3].map((column) => this.#answers.total(nowMs, column)) as [
      number,
      number,
      number,
      number,
    ];
    const all = well + elsewhere + worse + not;
    const said = all >= minimum;
    if (said && not / all >= outage * part) return 3;
    if (facts.able === "none" && !facts.hasLastResort) return 3;
    if (facts.able === "none" || (said && (not + worse) / all >= degraded * part)) return 2;
    if (facts.able === "some" || facts.pressed) return 1;
    return said && (not + worse + elsewhere) / all >= busy * part ? 1 : 0;
  }

  #change(level: Level, nowMs: number): void {
    this.#level = level;
    this.#since = nowMs;
  }
}
