import type { Random } from "../random.ts";

/**
 * How delays are spread, so that callers who failed together do not return together.
 * - `full`: uniform in [0, delay] (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015)
 * - `decorrelated`: uniform in [base, 3 x previous delay] (same source)
 * - `none`
 * - a number p: uniform in [delay x (1 - p), delay x (1 + p)]; 0.1 is the classic "10% jitter"
 */
export type Jitter = "full" | "decorrelated" | "none" | number;

/** The shape of a sequence of delays; all times in ms. */
export interface Backoff {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: Jitter;
}

/**
 * The delay before retry number `retry` (1, 2, …), in ms.
 * @param previousMs the delay before the last retry; only `decorrelated` uses it
 */
export function backoffDelay(backoff: Backoff, retry: number, previousMs: number, random: Random): number {
  const { baseDelayMs, maxDelayMs, jitter } = backoff;
  const exponential = Math.min(maxDelayMs, baseDelayMs * 2 ** (retry - 1));
  if (jitter === "none") return exponential;
  if (jitter === "full") return random.next() * exponential;
  if (jitter === "decorrelated") {
    const top = Math.max(baseDelayMs, Math.min(maxDelayMs, 3 * (previousMs || baseDelayMs)));
    return baseDelayMs + random.next() * (top - baseDelayMs);
  }
  return exponential * (1 - jitter + 2 * jitter * random.next());
}

/** How far above a Retry-After the wait is spread, so that all who were told the same time do not return at once. */
const RETRY_AFTER_SPREAD = 0.25;

/** A server's Retry-After as a floor under a delay: never earlier, up to 25% later (ms). */
export function atLeastRetryAfter(delayMs: number, retryAfterMs: number | undefined, random: Random): number {
  if (retryAfterMs === undefined) return delayMs;
  return Math.max(delayMs, retryAfterMs * (1 + RETRY_AFTER_SPREAD * random.next()));
}
