/**
 * What `GET /admin/api/history` answers. Pure types: the dashboard imports them.
 *
 * Query: `from` and `to` (ms since the Unix epoch; default: the last hour), `points` (most steps wanted, 1 to 1,500,
 * default 360). The step is the finest that the store has for the whole range, made coarser until no more than `points`
 * are needed. Values are columns: the n-th value of every list is of the step that begins at `at[n]`.
 */

/** How fine the store's own steps are: 10 s for a day, 1 min for a month, 1 h for two years. */
export type HistoryResolution = "10s" | "1m" | "1h";

/** One value for each step; null where the gateway recorded nothing (it did not run), or nothing was measured. */
export type HistoryColumn = readonly (number | null)[];

/** Percentiles of a duration in each step, in ms; null in steps without one. Exact to the width of a bucket. */
export interface HistoryPercentiles {
  readonly p50: HistoryColumn;
  readonly p90: HistoryColumn;
  readonly p99: HistoryColumn;
}

/** What became of requests, for all routes together or for one. */
export interface RequestHistory {
  /** Requests that came to their end in the step; the four below add up to it. */
  readonly requests: HistoryColumn;
  /** Answered as well as a live provider would have. */
  readonly answered: HistoryColumn;
  /** Answered by less: stale copy, similar answer, rule, template, smaller model. */
  readonly degraded: HistoryColumn;
  /** Answered with a ticket. */
  readonly accepted: HistoryColumn;
  /** Not answered: everything else, the caller's own mistakes and leavings included. */
  readonly failed: HistoryColumn;
  /** Of the failed ones: refused by our own limits (shed, rate, open breaker). */
  readonly shed: HistoryColumn;
  /** Of the failed ones: the caller's own fault, or the caller left. */
  readonly byCaller: HistoryColumn;
  /** Answers by rung: `live`, `alternate`, `local`, `cache`, `stale`, `similar`, `rules`, `template`, `handler`, `ticket`. */
  readonly rungs: Readonly<Record<string, HistoryColumn>>;
  /** To the first content event, as callers saw it. */
  readonly firstTokenMs: HistoryPercentiles;
  /** To the end of the answer. */
  readonly totalMs: HistoryPercentiles;
}

/** What became of the attempts at one provider. */
export interface ProviderHistory {
  readonly attempts: HistoryColumn;
  readonly answered: HistoryColumn;
  /** 429, 503, no first token in time. */
  readonly overloaded: HistoryColumn;
  /** 5xx, resets, cuts, protocol errors. */
  readonly faults: HistoryColumn;
  /** Every other ending. */
  readonly others: HistoryColumn;
  readonly promptTokens: HistoryColumn;
  readonly completionTokens: HistoryColumn;
  /** In the currency unit of the catalogue's prices; null where no price is known. */
  readonly cost: HistoryColumn;
  /** To the first content event of an attempt. */
  readonly firstTokenMs: HistoryPercentiles;
}

/** `GET /admin/api/history` */
export interface HistoryAnswer {
  /** First moment of the first step and last of the last, in ms since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  /** Length of a step, in ms. */
  readonly stepMs: number;
  /** What the steps were made from. */
  readonly resolution: HistoryResolution;
  /** When each step begins, in ms since the Unix epoch. */
  readonly at: readonly number[];
  readonly overall: RequestHistory;
  readonly routes: Readonly<Record<string, RequestHistory>>;
  readonly providers: Readonly<Record<string, ProviderHistory>>;
}
