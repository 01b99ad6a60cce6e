/** One request that was answered lately. */
export interface RequestSummary {
  readonly id: string;
  readonly at: number;
  readonly endpoint: string;
  readonly route: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly keyName: string | null;
  readonly stream: boolean;
  /** 0 (critical) to 7 (background). */
  readonly priority: number | null;
  /** `answered`, `accepted`, `refused`, `failed`, `interrupted`, `cancelled`. */
  readonly result: string;
  readonly status: number;
  /** The error's code, where there was one. */
  readonly code: string | null;
  readonly rung: string | null;
  readonly provider: string | null;
  readonly degraded: boolean;
  readonly attempts: number;
  readonly seams: number;
  /** Arrival to outcome; null where it never came. */
  readonly outcomeMs: number | null;
  readonly totalMs: number;
  readonly tokens: { readonly input: number; readonly output: number } | null;
  readonly cost: number | null;
}

/**
 * `GET /admin/api/requests?limit=&before=&route=&provider=&rung=&result=&degraded=true&tenant=`: the newest first.
 * `before` is the `id` of the last request of the page before.
 */
export interface RequestsAnswer {
  readonly requests: readonly RequestSummary[];
  readonly hasMore: boolean;
  /** How many are kept at most, and whether prompts are. */
  readonly kept: number;
  readonly promptsKept: boolean;
}

/**
 * One bar of a waterfall: `start` and `end` from the request's arrival, in ms; `end` equals `start` for what happened at
 * a moment.
 */
export interface WaterfallSpan {
  /**
   * - `rung`: a rung of the ladder had its turn.
   * - `wait`: for a permit.
   * - `attempt`: one call to one provider; `mark` is its first content event.
   * - `backoff`: the pause before a retry.
   * - `hedge`: a second provider was asked beside a silent one.
   * - `seam`: the answer went on after a break.
   * - `cache`: the cache answered.
   * - `outcome`: the caller had the beginning of an answer, or the failure.
   */
  readonly kind: "rung" | "wait" | "attempt" | "backoff" | "hedge" | "seam" | "cache" | "outcome";
  /** The rung's or the provider's name. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** First content event of an attempt. */
  readonly mark?: number;
  /** `answered`, `cut`, a failure's kind, `refused`. */
  readonly outcome?: string;
  /** Why: a failure's reason. */
  readonly reason?: string;
  /** Which of the provider's accounts. */
  readonly account?: string;
  /** `summary`: the attempt was asked for a summary of what the prompt had no room for, not for the answer. */
  readonly purpose?: "summary";
}

/** `GET /admin/api/requests/{id}` */
export interface RequestDetail extends RequestSummary {
  /** In the order in which they began. */
  readonly waterfall: readonly WaterfallSpan[];
  /** What became of it, for people; null where it was answered. */
  readonly message: string | null;
  readonly seamList: readonly {
    readonly at: number;
    readonly from: string;
    readonly to: string;
    readonly mode: string;
  }[];
  /** Null where prompts are not kept. Cut at a bound, and `cut` says so. */
  readonly prompt: { readonly text: string; readonly cut: boolean } | null;
}
