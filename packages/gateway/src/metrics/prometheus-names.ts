import { COUNTERS, type CounterName, GAUGES, type GaugeName, HISTOGRAMS, type HistogramName } from "./families.ts";

/** A family as Prometheus has it. */
export interface MetricName {
  readonly name: string;
  readonly help: string;
  /** The names of the labels, in the order of the family's. */
  readonly labels: readonly string[];
  /** What a value is multiplied by: 0.001 for what is kept in ms and told in seconds. */
  readonly scale: number;
}

/** OpenTelemetry's words for the labels that it has words for, in the families that it has names for. */
const GENAI_LABELS: Readonly<Record<string, string>> = { provider: "gen_ai_provider_name" };

/** The name and the help of a family, and what its values are multiplied by (default: 1). */
type Named = readonly [name: string, help: string, scale?: number];

const COUNTER_NAMES: Readonly<Record<CounterName, Named>> = {
  requestsStarted: ["exchanges_started", "Requests that came, for whatever endpoint."],
  requests: ["requests", "Exchanges that ended, by what became of them; without a route: no model was asked for."],
  errors: ["errors", "Errors that callers were told, by their stable code."],
  callsStarted: ["calls_started", "Calls that entered a route's stack, of requests and of jobs."],
  calls: ["calls", "Calls that ended: answered, accepted, cut, or the kind of the failure."],
  attemptsStarted: ["attempts_started", "Calls to providers."],
  attemptsCommitted: ["attempts_committed", "Attempts whose first content event has come."],
  attempts: ["attempts", "Attempts that ended: answered, cut, or the kind of the failure."],
  attemptFailures: ["attempt_failures", "Why attempts failed."],
  chaos: ["chaos_faults", "Faults that were injected on purpose."],
  retries: ["retries", "Retries that were scheduled."],
  retriesRefused: ["retries_refused", "Retries that budget or deadline did not allow."],
  hedges: ["hedges", "Second providers that were asked beside a silent one."],
  hedgesRefused: ["hedges_refused", "Hedges that were not sent, and why."],
  hedgesEnded: ["hedges_ended", "Hedges that ended, by who answered; empty: neither."],
  continuations: ["continuations", "Attempts at the rest of a broken answer."],
  seams: ["seams", "Places where an answer went on after a break."],
  wastedTokens: ["wasted_tokens", "Tokens that nobody got: of lost hedges, of broken attempts, of callers that left."],
  breakerChanges: ["breaker_changes", "Changes of circuit breakers, by the state that they changed to."],
  accountsIsolated: ["accounts_isolated", "Keys that a provider refused, or whose account is empty."],
  permitsGranted: ["permits_granted", "Calls that were let through by a concurrency limit."],
  permitsReleased: ["permits_released", "Permits that were given back, by what they told of the provider's load."],
  permitsRefused: ["permits_refused", "Calls that a concurrency limit refused, by reason and class of priority."],
  callsShed: ["calls_shed", "Calls that a full process refused at once, by reason and class of priority."],
  rungsEntered: ["rungs_entered", "Rungs of ladders that had their turn."],
  rungsFailed: ["rungs_failed", "Rungs that did not answer, by kind of failure."],
  cache: ["cache_requests", "What the cache did with calls."],
  answersStored: ["cache_stored", "Answers that were stored."],
  answersStoredBytes: ["cache_stored_bytes", "Bytes of answers that were stored."],
  answersNotStored: [
    "cache_not_stored",
    "Answers that could have been stored but for their length or their ending, by which.",
  ],
  flightsJoined: ["flights_joined", "Calls that shared an answer which was being made."],
  tokens: ["tokens", "Tokens that providers reported: input, output, and cached (a part of the input)."],
  cost: ["cost_dollars", "What those tokens cost, in US dollars, where prices are known."],
  answerTokens: ["answer_tokens", "Tokens of what callers were given, cached answers included."],
  jobs: [
    "job_events",
    "What happened to jobs: accepted, started, released, dropped, and the states in which they end.",
  ],
  storeChanges: ["store_changes", "Times that a shared store was lost, or came back."],
};

/** In seconds, where the family is in ms. */
const HISTOGRAM_NAMES: Readonly<Record<HistogramName, Named>> = {
  requestMs: ["gen_ai_server_request_duration", "From a request's arrival to the end of its answer."],
  outcomeMs: [
    "gen_ai_server_time_to_first_token",
    "From a request's arrival to the first content event of a stream, or the whole document.",
  ],
  overheadMs: [
    "tideover_overhead",
    "Of the time to the outcome, what was not spent on the attempt that answered: waits, backoffs, earlier attempts and Tideover itself.",
  ],
  firstTokenMs: [
    "gen_ai_client_operation_time_to_first_chunk",
    "From the sending of an attempt to its first content event.",
  ],
  attemptMs: ["gen_ai_client_operation_duration", "From the sending of an attempt to its end."],
  gapMs: ["tideover_longest_gap", "The longest silence within each answer."],
  permitWaitMs: ["tideover_permit_wait", "How long calls waited for a permit."],
  jobMs: ["tideover_job_duration", "From a job's acceptance to its end."],
  loopDelayMs: ["tideover_event_loop_delay", "How late the event loop was, sampled."],
};

const GAUGE_NAMES: Readonly<Record<GaugeName, Named>> = {
  breakerState: ["breaker_state", "0 closed, 1 half-open, 2 open: the worst of a provider's breakers."],
  limit: ["concurrency_limit", "Calls that a provider may have at once."],
  inFlight: ["attempts_in_flight", "Calls that a provider has now."],
  waiting: ["permits_waiting", "Calls that wait for a permit, by class of priority."],
  underPressure: ["under_pressure", "1 while calls have had to wait for long, and the less important are refused."],
  accountsUsable: ["accounts_usable", "Keys of a provider that it does not refuse."],
  accounts: ["accounts", "Keys of a provider."],
  requestsInFlight: ["requests_in_flight", "Requests that are being answered."],
  callsOpen: ["calls_open", "Calls that load shedding has let in and that have not ended."],
  callsAllowed: ["calls_allowed", "Calls that the processes may have open at once: what they have been seen to bear."],
  loopBusy: ["event_loop_busy_ratio", "Share of the time in which the event loop is busy; the busiest process's."],
  jobs: ["jobs", "Jobs by state."],
  oldestJobMs: ["oldest_job_age_seconds", "How long the job that has waited longest has waited.", 0.001],
  cacheAnswers: ["cache_answers", "Answers in memory."],
  cacheBytes: ["cache_bytes", "Bytes of answers in memory."],
  budgetUsed: ["budget_used_ratio", "Spent of a budget's window, as a share of its limit."],
  level: ["service_level", "How well a route answers: 0 normal, 1 busy, 2 degraded, 3 outage."],
};

/** The counters by family. */
export const COUNTER_METRICS: ReadonlyMap<CounterName, MetricName> = metrics(COUNTER_NAMES, (family, [name, help]) => ({
  name: `tideover_${name}_total`,
  help,
  labels: COUNTERS[family],
  scale: 1,
}));

/** The histograms by family; those that OpenTelemetry's GenAI conventions name are named so. */
export const HISTOGRAM_METRICS: ReadonlyMap<HistogramName, MetricName> = metrics(
  HISTOGRAM_NAMES,
  (family, [name, help]) => ({
    name: `${name}_seconds`,
    help,
    labels: HISTOGRAMS[family].map((label) => (name.startsWith("gen_ai_") ? (GENAI_LABELS[label] ?? label) : label)),
    scale: 0.001,
  }),
);

/** The gauges by family. */
export const GAUGE_METRICS: ReadonlyMap<GaugeName, MetricName> = metrics(
  GAUGE_NAMES,
  (family, [name, help, scale = 1]) => ({ name: `tideover_${name}`, help, labels: GAUGES[family].labels, scale }),
);

function metrics<Family extends string>(
  names: Readonly<Record<Family, Named>>,
  made: (family: Family, named: Named) => MetricName,
): ReadonlyMap<Family, MetricName> {
  const families = Object.keys(names) as Family[];
  return new Map(families.map((family) => [family, made(family, names[family])]));
}
