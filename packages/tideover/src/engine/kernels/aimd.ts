/** How a limit starts, grows and shrinks. Limits in calls at once, times in ms, shares as 0.1 for 10%. */
export interface AimdShape {
  readonly start: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What is left of the limit after a decrease because of late or dropped calls. */
  readonly lateRatio: number;
  /** What is left after a refusal that names our concurrency. */
  readonly refusedRatio: number;
  /** Least time between two decreases. */
  readonly decreaseEveryMs: number;
  /** Evidence that is enough for a decrease: one by late or dropped call, never below 0. */
  readonly alarm: number;
  /** What a call that is on time takes from the evidence. */
  readonly relief: number;
  /** Share of the evidence that is kept after a decrease. */
  readonly evidenceKept: number;
  /** Share of the most that a provider bore up to which calls in flight are too few to be why it is slow. */
  readonly quietShare: number;
  /** In which time the most that a provider bore is half forgotten. */
  readonly highestHalfLifeMs: number;
  /** Least growth per round of calls, as a share of the limit. */
  readonly growthShare: number;
  /** Growth speeds up with the time since the last decrease, in multiples of this time. */
  readonly eagerMs: number;
  /** How much later it speeds up close to where the last retreat began. */
  readonly waryMs: number;
  /** A time without results after which the limit drifts back to the start. */
  readonly idleMs: number;
  /** In which time half of the way back is done. */
  readonly driftHalfLifeMs: number;
  /** How long a limit that the provider stated is kept as it is; after that it is probed upward. */
  readonly statedForMs: number;
  /** Share by which a stated limit rises per `statedForMs` after that. */
  readonly statedRise: number;
}

/** How many times faster growth can become: with a `growthShare` of 5%, a limit that doubles per round of calls. */
const MOST_EAGERNESS = 20;
/** How far around the beginning of the last retreat growth stays slow, as a share of it (CUBIC's plateau, RFC 9438). */
const WARY_SHARE = 0.1;
/** A decrease takes away what is not in use, down to so many times the calls in flight, and to so many calls. */
const IN_USE = 1.25;
const FEW = 20;
/** Times the alarm at which it does not matter any more how many calls were in flight: the decreases were too few. */
const OVERWHELMING = 2;
/** A time without decreases after which the next one begins a new retreat, in ms. */
const RETREAT_GAP_MS = 10_000;

/**
 * An adaptive concurrency limit: additive increase, multiplicative decrease, as TCP does it, with first tokens in
 * the place of acknowledgements. Where it departs from plain AIMD:
 *
 * - One late call says little: providers have tails of their own, and a third of a busy one's calls may be late whatever
 *   we do. Plain AIMD throttles such a provider to a handful of calls: its limit goes with 1 / sqrt(share) (Mathis et
 *   al., ACM CCR 1997). Yet where calls wait for each other, next to all are late. So late calls are evidence, calls on
 *   time are evidence against, and the sum of both decides (a CUSUM control chart; Page, Biometrika 1954): with
 *   a relief of 1.5 it rises where more than 60% are late, and only there, however long it takes.
 * - Calls that were sent before a decrease took effect are no reason for the next one.
 * - Growth of one call per round is too slow where a round takes twenty seconds: it speeds up with the time since the
 *   last decrease, and stays slow around where that happened, as CUBIC does.
 * - A decrease takes away first what is not in use.
 * - A limit that the provider states is adopted, and probed upward again later.
 * - With nothing to learn from it drifts back to its start: old knowledge of a busy provider is no knowledge.
 */
export class AimdLimit {
  readonly #shape: AimdShape;
  #limit: number;
  /** How much speaks for too many calls in flight, from 0 to twice the alarm. */
  #evidence = 0;
  #decreasedAt = Number.NEGATIVE_INFINITY;
  /** The limit at the beginning of the last retreat, a run of decreases. */
  #retreatFrom = 0;
  /** Most calls in flight lately whose first token was on time, and when that was. */
  #highest: number;
  #highestAt: number | undefined;
  #stated: { readonly limit: number; readonly at: number } | undefined;
  /** When something was last learned. */
  #learnedAt: number | undefined;
  /** Up to when the drift has been computed. */
  #driftedAt = Number.NEGATIVE_INFINITY;

  /** @throws RangeError for a shape that cannot work, with the value */
  constructor(shape: AimdShape) {
    validate(shape);
    this.#shape = shape;
    this.#limit = shape.start;
    this.#highest = Math.min(shape.start, FEW);
  }

  /**
   * How many calls may be in flight, a whole number of at least `minimum`.
   * @param headroom how far the learned limit may be exceeded, as a factor; maximum and stated limit still hold
   */
  current(nowMs: number, headroom = 1): number {
    this.#drift(nowMs);
    const { minimum, maximum } = this.#shape;
    return Math.max(minimum, Math.floor(Math.min(this.#limit * headroom, this.#cap(nowMs), maximum)));
  }

  /**
   * So few calls are in flight, measured by what the provider bore lately, that it is not us who make it slow.
   * @param inFlight calls in flight, the one in question included
   */
  isQuiet(nowMs: number, inFlight: number): boolean {
    return inFlight <= Math.max(this.#shape.minimum, this.#highestLately(nowMs) * this.#shape.quietShare);
  }

  /** The limit is at its start, and nothing is remembered that would move it. */
  isAtRest(nowMs: number): boolean {
    this.#drift(nowMs);
    if (this.#learnedAt === undefined) return true;
    const isIdle = nowMs - this.#learnedAt >= this.#shape.idleMs;
    return isIdle && this.#cap(nowMs) === Number.POSITIVE_INFINITY && Math.abs(this.#limit - this.#shape.start) < 1;
  }

  /**
   * A call's first token came in time: the limit grows if at least half of it was in use.
   * @param inFlight calls in flight when it was sent, itself included
   */
  onTime(nowMs: number, inFlight: number): void {
    this.#learn(nowMs);
    this.#evidence = Math.max(0, this.#evidence - this.#shape.relief);
    if (inFlight >= this.#highestLately(nowMs)) {
      this.#highest = inFlight;
      this.#highestAt = nowMs;
    }
    if (inFlight * 2 >= this.current(nowMs)) this.#grow(nowMs);
  }

  /**
   * A call's first token is late, or the provider dropped the call for want of capacity.
   * @param inFlight calls in flight when it was sent, itself included
   */
  late(nowMs: number, inFlight: number): void {
    this.#learn(nowMs);
    const { alarm, lateRatio } = this.#shape;
    this.#evidence = Math.min(OVERWHELMING * alarm, this.#evidence + 1);
    if (this.#evidence < alarm) return;
    // TCP's one decrease per round trip, where a round has no fixed length: that so many were too many is what the last
    // decrease was for.
    if (inFlight > this.current(nowMs) && this.#evidence < OVERWHELMING * alarm) return;
    this.#decrease(nowMs, lateRatio, inFlight);
  }

  /**
   * The provider refused a call because *we* ask too much (429); there is nothing to doubt.
   * @param inFlight calls in flight when it was sent, itself included
   * @param concurrency whether the refusal speaks of concurrency, and the limit it states, if it does
   */
  refused(nowMs: number, inFlight: number, concurrency?: { readonly stated?: number | undefined }): void {
    this.#learn(nowMs);
    const stated = concurrency?.stated;
    if (stated !== undefined) {
      const adopted = Math.max(this.#shape.minimum, stated);
      this.#stated = { limit: adopted, at: nowMs };
      // We alone were above it: being at it is enough. Otherwise others use the account too, and we must make room.
      if (inFlight > stated) {
        this.#limit = Math.min(this.#limit, adopted);
        return;
      }
    }
    this.#decrease(nowMs, concurrency === undefined ? this.#shape.lateRatio : this.#shape.refusedRatio, inFlight);
  }

  #grow(nowMs: number): void {
    const { growthShare, eagerMs, waryMs, maximum } = this.#shape;
    const isNearTrouble = Math.abs(this.#limit - this.#retreatFrom) < this.#retreatFrom * WARY_SHARE;
    const calmMs = nowMs - this.#decreasedAt - (isNearTrouble ? waryMs : 0);
    const eagerness = Math.min(MOST_EAGERNESS, Math.max(1, calmMs / eagerMs));
    const growth = Math.min(1, eagerness * Math.max(1 / this.#limit, growthShare));
    this.#limit = Math.min(maximum, this.#cap(nowMs), this.#limit + growth);
  }

  #decrease(nowMs: number, ratio: number, inFlight: number): void {
    const { minimum, start, decreaseEveryMs, evidenceKept } = this.#shape;
    const sinceMs = nowMs - this.#decreasedAt;
    if (sinceMs < decreaseEveryMs) return;
    const from = Math.min(this.#limit, this.#cap(nowMs), Math.max(inFlight * IN_USE, Math.min(start, FEW)));
    if (sinceMs >= RETREAT_GAP_MS) this.#retreatFrom = from;
    this.#limit = Math.max(minimum, from * ratio);
    this.#decreasedAt = nowMs;
    this.#evidence *= evidenceKept;
  }

  #learn(nowMs: number): void {
    this.#drift(nowMs);
    this.#learnedAt = nowMs;
    this.#highestAt ??= nowMs;
  }

  #highestLately(nowMs: number): number {
    return this.#highest * 0.5 ** ((nowMs - (this.#highestAt ?? nowMs)) / this.#shape.highestHalfLifeMs);
  }

  /** Moves the limit towards its start by the time that has passed without results. */
  #drift(nowMs: number): void {
    const { start, idleMs, driftHalfLifeMs } = this.#shape;
    if (this.#learnedAt === undefined) return;
    const from = Math.max(this.#driftedAt, this.#learnedAt + idleMs);
    if (nowMs <= from) return;
    this.#limit = start + (this.#limit - start) * 0.5 ** ((nowMs - from) / driftHalfLifeMs);
    this.#evidence = 0;
    this.#driftedAt = nowMs;
  }

  /** The limit that the provider stated, rising with time; infinite without one. */
  #cap(nowMs: number): number {
    if (this.#stated === undefined) return Number.POSITIVE_INFINITY;
    const { statedForMs, statedRise, maximum } = this.#shape;
    const { limit, at } = this.#stated;
    const periods = Math.max(0, (nowMs - at) / statedForMs - 1);
    const cap = limit + periods * Math.max(1, limit * statedRise);
    if (cap < maximum) return cap;
    this.#stated = undefined;
    return Number.POSITIVE_INFINITY;
  }
}

function validate(shape: AimdShape): void {
  for (const [name, value] of Object.entries(shape)) {
    if (!(value > 0)) throw new RangeError(`An adaptive limit needs ${name} > 0, got ${value}`);
  }
  const { minimum, start, maximum, lateRatio, refusedRatio } = shape;
  if (!(minimum <= start && start <= maximum)) {
    throw new RangeError(
      `An adaptive limit needs minimum <= start <= maximum, got ${minimum}, ${start} and ${maximum}`,
    );
  }
  for (const [name, value] of Object.entries({ lateRatio, refusedRatio })) {
    if (!(value < 1)) throw new RangeError(`An adaptive limit needs ${name} < 1, got ${value}`);
  }
}
