import { Ewma } from "./ewma.ts";

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
  /** Share of the evidence for a decrease that is kept for the next one. */
  readonly evidenceKept: number;
  /** Over how many results the share of late and dropped calls is measured. */
  readonly memory: number;
  /** The share that is taken as the provider's own noise before that has been seen. */
  readonly tolerance: number;
  /** The most that is taken as noise, however much there is. */
  readonly mostTolerance: number;
  /** How many times the noise that was seen is tolerated. */
  readonly noiseFactor: number;
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
const WARY_SHARE = 0.25;
/** A time without decreases after which the next one begins a new retreat, in ms. */
const RETREAT_GAP_MS = 10_000;
/** The usual number of calls in flight is averaged over so many times the results that the present share is. */
const USUAL_MEMORIES = 4;
/** Calls in flight that are clearly fewer than usual, and yet no collapse of the limit, as shares of the usual number. */
const FEWER = { least: 0.7, most: 0.9 };
/** A time after which a decrease has had its effect: the queue that it met is gone, in ms. */
const SETTLED_MS = 20_000;
/** How much less such calls say of the provider's noise than calls that were almost alone. */
const FEWER_WEIGHT = 0.2;

/**
 * An adaptive concurrency limit: additive increase, multiplicative decrease, as TCP does it, with first tokens in
 * the place of acknowledgements. Where it departs from plain AIMD:
 *
 * - Late and dropped calls shrink it only once their share exceeds the provider's own noise: what happens to calls that
 *   are sent while few are in flight, or at least fewer than usual. Plain AIMD throttles a provider that is late for one
 *   call in twenty, whatever we do, to a handful of calls: its limit goes with 1 / sqrt(share) (Mathis et al., ACM CCR
 *   1997).
 * - Growth of one call per round is too slow where a round takes twenty seconds: it speeds up with the time since the
 *   last decrease, and stays slow around where that happened, as CUBIC does.
 * - A decrease takes away first what is not in use.
 * - A limit that the provider states is adopted, and probed upward again later.
 * - With nothing to learn from it drifts back to its start: old knowledge of a busy provider is no knowledge.
 */
export class AimdLimit {
  readonly #shape: AimdShape;
  #limit: number;
  /** Late and dropped calls among the last `memory` results. */
  #badShare = 0;
  /** The same among calls that cannot be late because of us: the provider's own noise. */
  #noise = 0;
  /** Calls in flight when one more was sent, on average. */
  readonly #usual: Ewma;
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
    this.#highest = shape.start;
    this.#usual = new Ewma(1 / (USUAL_MEMORIES * shape.memory));
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
    this.#learn(nowMs, inFlight, 0);
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
    this.#learn(nowMs, inFlight, 1);
    if (this.#badShare > this.#tolerated()) this.#decrease(nowMs, this.#shape.lateRatio, inFlight);
  }

  /**
   * The provider refused a call because *we* ask too much (429); no noise, so nothing of it is tolerated.
   * @param inFlight calls in flight when it was sent, itself included
   * @param concurrency whether the refusal speaks of concurrency, and the limit it states, if it does
   */
  refused(nowMs: number, inFlight: number, concurrency?: { readonly stated?: number | undefined }): void {
    this.#learn(nowMs, inFlight, 1);
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
    const from = Math.min(this.#limit, this.#cap(nowMs), Math.max(inFlight, start));
    if (sinceMs >= RETREAT_GAP_MS) this.#retreatFrom = from;
    this.#limit = Math.max(minimum, from * ratio);
    this.#decreasedAt = nowMs;
    this.#badShare *= evidenceKept;
  }

  #learn(nowMs: number, inFlight: number, bad: 0 | 1): void {
    this.#drift(nowMs);
    this.#learnedAt = nowMs;
    this.#highestAt ??= nowMs;
    this.#usual.add(inFlight);
    this.#noise += ((bad - this.#noise) * this.#innocence(nowMs, inFlight)) / this.#shape.memory;
    this.#badShare += (bad - this.#badShare) / this.#shape.memory;
  }

  /** How sure it is, from 0 to 1, that a call sent while so many were in flight is not late because of them. */
  #innocence(nowMs: number, inFlight: number): number {
    if (this.isQuiet(nowMs, inFlight)) return 1;
    const share = inFlight / (this.#usual.value ?? inFlight);
    const isFewer = share >= FEWER.least && share <= FEWER.most;
    return isFewer && nowMs - this.#decreasedAt >= SETTLED_MS ? FEWER_WEIGHT : 0;
  }

  /** The share of late and dropped calls that is no reason to shrink. */
  #tolerated(): number {
    const { tolerance, mostTolerance, noiseFactor } = this.#shape;
    return Math.max(tolerance, Math.min(mostTolerance, noiseFactor * this.#noise));
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
    this.#badShare = 0;
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
  const { minimum, start, maximum, tolerance, mostTolerance, lateRatio, refusedRatio } = shape;
  if (!(minimum <= start && start <= maximum)) {
    throw new RangeError(
      `An adaptive limit needs minimum <= start <= maximum, got ${minimum}, ${start} and ${maximum}`,
    );
  }
  for (const [name, value] of Object.entries({ tolerance, mostTolerance, lateRatio, refusedRatio })) {
    if (!(value < 1)) throw new RangeError(`An adaptive limit needs ${name} < 1, got ${value}`);
  }
}
