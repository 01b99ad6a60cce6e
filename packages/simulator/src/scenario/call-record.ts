import type { AttemptOutcome, FailureKind, RungName } from "tideover/engine";

/**
 * What a caller got.
 * - `right`: the whole text, as a healthy provider would have given it.
 * - `degraded`: an answer that says that it is below that.
 * - `flagged`: the answer broke off, and the caller was told.
 * - `failed`: an error instead of an answer.
 * - `left`: the caller went away before anything came.
 * - `truncated`, `garbled`: passed off as a whole answer, and it is not. These two must never be.
 */
export type Verdict = "right" | "degraded" | "flagged" | "failed" | "left" | "truncated" | "garbled";

/** One request to one provider. Times in ms of the run. */
export interface AttemptEntry {
  readonly provider: string;
  readonly startedAt: number;
  committedAt?: number;
  endedAt?: number;
  outcome: AttemptOutcome | "running";
  reason?: string | undefined;
}

/** A rung of the ladder that did not answer. */
export interface RungFailure {
  readonly at: number;
  readonly rung: string;
  readonly kind: FailureKind;
  readonly reason: string;
}

/** A limit of ours that let a call wait no longer, or not at all. */
export interface LimitRefusal {
  readonly at: number;
  readonly provider: string;
  readonly reason: string;
}

/** One try of a caller: what went in and what came back. Times in ms of the run. */
export interface TryRecord {
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly attempts: AttemptEntry[];
  readonly rungFailures: RungFailure[];
  readonly refusals: LimitRefusal[];
  /** How often an outcome was given; once is right. */
  outcomes: number;
  /** How often an end was told; once is right. */
  endings: number;
  firstContentAt?: number;
  endedAt?: number;
  verdict?: Verdict;
  rung?: RungName;
  /** Who is said to have answered. */
  provider?: string | undefined;
  degraded?: boolean;
  failureKind?: FailureKind;
  failureReason?: string;
  seams: number;
  /** The answer, or a part of the wait for it, was another call's: one flight for all who ask the same. */
  joined?: boolean;
  /** Tokens that the caller received in a right answer. */
  tokens: number;
}

/** One request of one caller, with all its tries. */
export interface CallRecord {
  readonly index: number;
  readonly arrivedAt: number;
  readonly urgency: number;
  readonly streamed: boolean;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly tenant?: string | undefined;
  /** Number of the question, where several calls ask the same. */
  readonly question?: number | undefined;
  readonly tries: TryRecord[];
}

/** The try that decided what the caller got. */
export function lastTry(call: CallRecord): TryRecord {
  const last = call.tries.at(-1);
  if (last === undefined) throw new RangeError(`Call ${call.index} was never tried.`);
  return last;
}

/** All attempts of a call, over its tries. */
export function attemptsOf(call: CallRecord): AttemptEntry[] {
  return call.tries.flatMap(({ attempts }) => attempts);
}
