import type { Usage } from "./answer-stream.ts";
import type { FailureKind } from "./failure.ts";

/** Where an answer came from; the values of the `Tideover-Rung` header. */
export type RungName =
  | "live"
  | "alternate"
  | "local"
  | "cache"
  | "stale"
  | "similar"
  | "rules"
  | "template"
  | "handler"
  | "ticket";

/** Where an answer came from, known when it begins. */
export interface Origin {
  readonly rung: RungName;
  /** Name of the provider, for the rungs that have one. */
  readonly provider?: string | undefined;
  /** The model that was asked at the provider; the provider's own word in the answer takes precedence. */
  readonly model?: string | undefined;
  /** True when the answer is below what a live provider of the route would have given. */
  readonly degraded: boolean;
  /** Cosine similarity of the request that a similar answer was made for, from 0 to 1. */
  readonly similarity?: number | undefined;
  /** Age of a stored answer, in whole seconds. */
  readonly ageSeconds?: number | undefined;
  /** Where the job is read that was opened beside this answer, for a better one later: a path, signed where it can be. */
  readonly ticket?: string | undefined;
  /** How the provider was asked for the rest of a broken answer, where that was asked. */
  readonly continuation?: string | undefined;
  /** Messages of the conversation that the provider was not given, because it was too long for it; absent: none. */
  readonly droppedMessages?: number | undefined;
  /** Messages of which it was given a summary instead, wholly or in part; absent: none. */
  readonly summarisedMessages?: number | undefined;
  /** What writing those summaries cost, in tokens, beside the answer itself; absent: none was written. */
  readonly summaryUsage?: Usage | undefined;
}

/** How one attempt ended; `answered` and `cut` are given when its stream ends. */
export type AttemptOutcome = "answered" | "cut" | FailureKind;

/** One call to one provider. */
export interface AttemptRecord {
  readonly provider: string;
  outcome: AttemptOutcome | "running";
  /** Why, for a failed one: the failure's `reason`. */
  reason?: string | undefined;
  /** From sending to the failure or the first content event, in ms. */
  ms: number;
  /** From sending to the end of the answer, in ms; absent while it runs. */
  totalMs?: number | undefined;
  /** It was not asked for the answer, but for a summary of what its prompt has no room for. */
  purpose?: "summary" | undefined;
  /** The fault that was injected into it on purpose: `latency`, `overloaded`, `fault`, `cut`. */
  chaos?: string | undefined;
}

/** A place where an answer changed hands. */
export interface Seam {
  /** Position in the answer's text, in UTF-16 code units. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** The continuation mode that was used. */
  readonly mode: string;
  /** A degraded provider went on with it, so that the whole answer is degraded. */
  readonly degraded?: boolean;
}

/** What the cache did with a call, for `Cache-Status` (RFC 9211). It grows while the call runs. */
export interface CacheRecord {
  /** A stored answer was given. */
  hit: boolean;
  /** How long that stays fresh, in seconds; negative: so long past it. */
  ttlSeconds?: number | undefined;
  /**
   * Why it went on to a provider: nothing was stored, what was stored is too old, the request's own terms, or the
   * route does not answer such requests from the cache.
   */
  forward?: "miss" | "stale" | "request" | "bypass" | undefined;
  /** The new answer was stored. */
  stored?: boolean | undefined;
  /** The answer was made for another caller's identical request, too. */
  collapsed?: boolean | undefined;
}

/**
 * The account of one call that grows while it runs: layers add to it, the edge reads it when the answer ends.
 */
export interface Trace {
  readonly attempts: AttemptRecord[];
  readonly seams: Seam[];
  /** Absent where no cache looked at the call. */
  cache?: CacheRecord | undefined;
  /**
   * The `traceparent` (W3C Trace Context) that goes out with the next attempt: the caller's own, or, where somebody
   * traces, that of the attempt's span. Read by adapters when they are asked.
   */
  traceparent?: string | undefined;
  /** The job that keeps this answer under the caller's idempotency key, or kept it before. */
  keptAs?: string | undefined;
}

/** An empty account. */
export function newTrace(): Trace {
  return { attempts: [], seams: [] };
}
