import type { CacheTerms } from "../../call.ts";
import type { StoredAnswer } from "../../ports/answer-store.ts";
import type { Random } from "../../random.ts";
import { EARLY_REFRESH_BETA, FRESH_JITTER, REVALIDATE_SHARE } from "./defaults.ts";

type Times = Pick<StoredAnswer, "storedAt" | "freshUntil" | "generationMs">;

/** What a stored answer is good for. */
export type Verdict =
  /** As good as new. */
  | "fresh"
  /** A little past its time: it may be given, as the stale copy that it is, while it is being made anew. */
  | "revalidate"
  /** Past its time, and the caller said that this will do. */
  | "stale"
  /** Past its time. */
  | "expired"
  /** Older than the caller wants. */
  | "refused";

/**
 * What a stored answer is good for now.
 * @param nowMs wall-clock time
 * @param mayRevalidate whether it would be made anew
 */
export function judge(answer: Times, terms: CacheTerms | undefined, nowMs: number, mayRevalidate: boolean): Verdict {
  if (terms?.maxAgeMs !== undefined && nowMs - answer.storedAt > terms.maxAgeMs) return "refused";
  const pastMs = nowMs - answer.freshUntil;
  if (pastMs < 0) return "fresh";
  const window = REVALIDATE_SHARE * (answer.freshUntil - answer.storedAt);
  if (mayRevalidate && pastMs < window) return "revalidate";
  return terms?.maxStaleMs !== undefined && pastMs <= terms.maxStaleMs ? "stale" : "expired";
}

/** Whether a stale copy may stand in for an answer that could not be had (RFC 5861), by the caller's own word. */
export function mayStandIn(answer: Times, terms: CacheTerms | undefined, nowMs: number): boolean {
  if (terms === undefined) return true;
  if (terms.noCache) return false;
  if (terms.maxAgeMs !== undefined && nowMs - answer.storedAt > terms.maxAgeMs) return false;
  return nowMs - answer.freshUntil <= (terms.maxStaleMs ?? Number.POSITIVE_INFINITY);
}

/**
 * Whether a fresh answer should be made anew already (XFetch): the likelier the nearer its end is, and the earlier the
 * longer its generation takes, so that the callers of a popular answer do not all meet its end.
 */
export function isDueEarly({ freshUntil, generationMs }: Times, nowMs: number, random: Random): boolean {
  return nowMs - generationMs * EARLY_REFRESH_BETA * Math.log(1 - random.next()) >= freshUntil;
}

/**
 * How long an answer is fresh that was made in the background, in ms: up to a tenth less than the route says, so that what
 * was warmed together does not expire together. Never more: nothing is given as fresh that the route calls stale.
 */
export function spreadFresh(freshMs: number, random: Random): number {
  return freshMs * (1 - FRESH_JITTER * random.next());
}
