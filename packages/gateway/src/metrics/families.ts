/**
 * What is counted, by name, with the labels of each family in order. The names are ours; what each is called in
 * Prometheus stands in `prometheus-names.ts`. Every label has few values: names of the configuration, or words of this
 * program. What callers write (models, keys, paths) is never one.
 */
export const COUNTERS = {
  /** Requests that came to one of the endpoints. */
  requestsStarted: [],
  /** Exchanges that ended, one for each that started. `result` is an `ExchangeResult`, `degraded` 0 or 1. */
  requests: ["route", "rung", "provider", "result", "degraded"],
  /** Errors that callers were told, by their code. */
  errors: ["route", "code"],
  /** Calls that entered a route's stack: those of requests, and those of jobs. */
  callsStarted: ["of"],
  /** Calls that ended: `answered`, `accepted`, `cut` (after the first token), or a failure's kind. */
  calls: ["of", "ending"],
  attemptsStarted: ["provider"],
  /** Attempts whose first content event has come. */
  attemptsCommitted: ["provider"],
  /** Attempts that ended: `answered`, `cut` or a failure's kind. */
  attempts: ["provider", "outcome"],
  /** Why attempts failed: the failure's reason, such as `http-429`. */
  attemptFailures: ["provider", "reason"],
  /** Faults that were injected on purpose. */
  chaos: ["provider", "fault"],
  retries: ["provider"],
  retriesRefused: ["provider", "why"],
  hedges: ["provider", "to"],
  hedgesRefused: ["provider", "why"],
  /** Hedges that ended; `won` where the one that was asked second answered. */
  hedgesEnded: ["won"],
  /** Attempts at the rest of a broken answer. */
  continuations: ["provider"],
  /** Places where an answer went on after a break. */
  seams: ["from", "to"],
  /** Tokens that nobody got: `hedge` (prompts of the losers), `cut` (of attempts that broke; a continued answer keeps them), `abandoned` (the caller left). */
  wastedTokens: ["why"],
  breakerChanges: ["provider", "state"],
  /** Keys that a provider refused. */
  accountsIsolated: ["provider"],
  permitsGranted: ["provider"],
  permitsReleased: ["provider", "ending"],
  /** Calls that were refused at a limit: `shed`, `limit-reached` or `queue-full`, by class of priority. */
  permitsRefused: ["provider", "reason", "class"],
  /** Calls that a full process refused before anything was done for them: see `RefusalReason` of shedding, by class. */
  callsShed: ["reason", "class"],
  rungsEntered: ["rung"],
  rungsFailed: ["rung", "kind"],
  /** What the cache did with a call: `hit`, `stale-hit`, `miss`, `stale`, `request`, `bypass`. */
  cache: ["result"],
  /** Answers that were stored, and their bytes. */
  answersStored: [],
  answersStoredBytes: [],
  /** Answers that were given up while they were recorded: `too-long` or `ending`. */
  answersNotStored: ["reason"],
  /** Calls that shared an answer which was being made: `here` or `elsewhere`. */
  flightsJoined: ["where"],
  /** Tokens that providers reported of attempts: `input`, `output`, `cached` (part of the input). */
  tokens: ["provider", "kind"],
  /** What those cost, in US dollars, where prices are known. */
  cost: ["provider"],
  /** Tokens of what callers were given, cached and live: the load that was offered. */
  answerTokens: ["route", "kind"],
  /** `accepted`, `started`, `released`, `dropped`, and the states in which jobs end. */
  jobs: ["event"],
  /** The store of the cache (`cache`) or of shared answers (`flights`) went (`lost`) or came back (`back`). */
  storeChanges: ["store", "change"],
} as const satisfies Record<string, readonly string[]>;

/** What is measured, in ms, by name, with the labels of each family in order. */
export const HISTOGRAMS = {
  /** From a request's arrival to the end of its answer. */
  requestMs: ["route", "rung"],
  /** From a request's arrival to its outcome: the first content event of a stream, the whole of a document. */
  outcomeMs: ["route"],
  /** Of that, what was not spent on the attempt that answered: Tideover's own time, with waits, backoffs and earlier attempts. */
  overheadMs: ["route"],
  /** From sending to the first content event of an attempt. */
  firstTokenMs: ["provider"],
  /** From sending to the end of an attempt. */
  attemptMs: ["provider"],
  /** The longest silence within an answer, one value for each that ended. */
  gapMs: ["provider"],
  /** How long calls waited for a permit. */
  permitWaitMs: ["provider"],
  /** From a job's acceptance to its end. */
  jobMs: [],
  /** How late the event loop was, sampled. */
  loopDelayMs: [],
} as const satisfies Record<string, readonly string[]>;

/**
 * What is so at a moment, with labels and how several processes' values become one. Gauges are read when a snapshot is
 * taken; nothing is counted for them.
 */
export const GAUGES = {
  /** 0 closed, 1 half-open, 2 open; the worst of a provider's accounts and models. */
  breakerState: { labels: ["provider"], merge: "max" },
  /** Calls that may be at a provider at once, over its accounts and models. */
  limit: { labels: ["provider"], merge: "sum" },
  inFlight: { labels: ["provider"], merge: "sum" },
  waiting: { labels: ["provider", "class"], merge: "sum" },
  underPressure: { labels: ["provider"], merge: "max" },
  accountsUsable: { labels: ["provider"], merge: "max" },
  accounts: { labels: ["provider"], merge: "max" },
  /** Requests that are being answered. */
  requestsInFlight: { labels: [], merge: "sum" },
  /** Calls that load shedding has let in and that have not ended; without it there is no such figure, nor the next two. */
  callsOpen: { labels: [], merge: "sum" },
  /** Calls that the processes may have open at once. */
  callsAllowed: { labels: [], merge: "sum" },
  /** Share of the time in which the event loop is busy, 0 to 1; the busiest process's. */
  loopBusy: { labels: [], merge: "max" },
  jobs: { labels: ["state"], merge: "max" },
  /** Age of the job that has waited longest, in ms; 0 where none waits. */
  oldestJobMs: { labels: [], merge: "max" },
  cacheAnswers: { labels: [], merge: "sum" },
  cacheBytes: { labels: [], merge: "sum" },
  /** Spent of a budget, as a share of its hard limit. */
  budgetUsed: { labels: ["budget"], merge: "max" },
  /** 0 normal, 1 busy, 2 degraded, 3 outage. */
  level: { labels: ["route"], merge: "max" },
} as const satisfies Record<string, { readonly labels: readonly string[]; readonly merge: "sum" | "max" }>;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type GaugeName = keyof typeof GAUGES;

/** The names of all counters. */
export const COUNTER_NAMES = Object.keys(COUNTERS) as readonly CounterName[];
/** The names of all histograms. */
export const HISTOGRAM_NAMES = Object.keys(HISTOGRAMS) as readonly HistogramName[];
/** The names of all gauges. */
export const GAUGE_NAMES = Object.keys(GAUGES) as readonly GaugeName[];
