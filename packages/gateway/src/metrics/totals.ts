import type { Clock, EngineEvent, Usage } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import type { JobEvent } from "tideover/jobs";
import { cacheResult, endingOf, kindOf } from "./call-labels.ts";
import {
  COUNTER_NAMES,
  COUNTERS,
  type CounterName,
  HISTOGRAM_NAMES,
  HISTOGRAMS,
  type HistogramName,
} from "./families.ts";
import { classOf } from "./priority-class.ts";
import { CounterTable, HistogramTable } from "./series-table.ts";
import type { TotalsSnapshot } from "./snapshot.ts";

/** So many events are counted at the latest: each keeps its call, with the request's body. */
const MOST_WAITING = 256;

/** What the totals need from outside. */
export interface TotalsParts {
  readonly clock: Pick<Clock, "now" | "wallTime">;
  /** What a provider's answer costs, in US dollars; undefined where nobody knows. */
  costOf?(provider: string, model: string | undefined, usage: Usage): number | undefined;
  /** What is so now; read for each snapshot. */
  gauges?(): TotalsSnapshot["gauges"];
}

/**
 * Everything that is counted and measured in one process since its start, in one place: Prometheus, the history, the
 * live view and the status page read its snapshots, and several processes' snapshots are merged.
 *
 * Values are updated in place: an observation of a known series allocates nothing. What the engine tells while a request
 * is answered is counted when one has been, or when somebody wants to know: nobody waits for it.
 */
export class Totals {
  readonly #parts: TotalsParts;
  readonly #since: number;
  readonly #counters: Readonly<Record<CounterName, CounterTable>>;
  readonly #histograms: Readonly<Record<HistogramName, HistogramTable>>;
  /** What is still to be counted; at most {@link MOST_WAITING}. */
  #waiting: EngineEvent[] = [];

  constructor(parts: TotalsParts) {
    this.#parts = parts;
    this.#since = parts.clock.wallTime();
    this.#counters = tables(COUNTER_NAMES, (name) => new CounterTable(COUNTERS[name].length));
    this.#histograms = tables(HISTOGRAM_NAMES, (name) => new HistogramTable(HISTOGRAMS[name].length));
  }

  /** All totals now. */
  snapshot(): TotalsSnapshot {
    this.#countWaiting();
    return {
      at: this.#parts.clock.wallTime(),
      since: this.#since,
      counters: snapshots(COUNTER_NAMES, this.#counters),
      histograms: snapshots(HISTOGRAM_NAMES, this.#histograms),
      gauges: this.#parts.gauges?.() ?? {},
    };
  }

  /** Adds to a counter that neither the engine's events nor an exchange's end feed. */
  add(name: CounterName, amount: number, ...labels: readonly string[]): void {
    const [a, b, c, d, e] = labels;
    this.#counters[name].add(amount, a, b, c, d, e);
  }

  /** Adds a value to a histogram that neither the engine's events nor an exchange's end feed. */
  observe(name: HistogramName, ms: number, ...labels: readonly string[]): void {
    const [a, b] = labels;
    this.#histograms[name].observe(ms, a, b);
  }

  /** A request has come; {@link exchangeEnded} follows once. */
  readonly exchangeStarted = (): void => {
    this.#counters.requestsStarted.add(1);
  };

  /** The end of an exchange. */
  readonly exchangeEnded = (record: ExchangeRecord): void => {
    this.#countWaiting();
    const counters = this.#counters;
    const { origin, trace, outcomeMs, totalMs, usage } = record;
    const route = record.route ?? "";
    const rung = origin?.rung ?? "";
    const degraded = origin !== undefined && (origin.degraded || trace.seams.some((seam) => seam.degraded === true));
    counters.requests.add(1, route, rung, origin?.provider, record.result, degraded ? "1" : "0");
    if (record.code !== undefined) counters.errors.add(1, route, record.code);
    if (record.operation === undefined) return;
    const histograms = this.#histograms;
    histograms.requestMs.observe(totalMs, route, rung);
    if (outcomeMs !== undefined && record.result !== "cancelled") histograms.outcomeMs.observe(outcomeMs, route);
    if (usage !== undefined) {
      counters.answerTokens.add(usage.promptTokens, route, "input");
      counters.answerTokens.add(usage.completionTokens, route, "output");
    }
    const spentMs = answeringMs(record);
    if (spentMs !== undefined && outcomeMs !== undefined) {
      histograms.overheadMs.observe(Math.max(0, outcomeMs - spentMs), route);
    }
  };

  /** A full process refused a call of a priority (0 to 7). */
  readonly callShed = (reason: string, priority: number): void => {
    this.#counters.callsShed.add(1, reason, classOf(priority));
  };

  /** Something happened in the engine. */
  readonly engineEvent = (event: EngineEvent): void => {
    this.#waiting.push(event);
    if (this.#waiting.length >= MOST_WAITING) this.#countWaiting();
  };

  #countWaiting(): void {
    const events = this.#waiting;
    if (events.length === 0) return;
    this.#waiting = [];
    for (const event of events) this.#count(event);
  }

  #count(event: EngineEvent): void {
    const counters = this.#counters;
    switch (event.type) {
      case "call-started":
        counters.callsStarted.add(1, kindOf(event.call));
        return;
      case "call-ended":
        this.#callEnded(event);
        return;
      case "rung-entered":
        counters.rungsEntered.add(1, event.rung);
        return;
      case "rung-failed":
        counters.rungsFailed.add(1, event.rung, event.failure.kind);
        return;
      case "attempt-started":
        counters.attemptsStarted.add(1, event.provider);
        if (event.call.request.continuation !== undefined) counters.continuations.add(1, event.provider);
        return;
      case "attempt-committed":
        counters.attemptsCommitted.add(1, event.record.provider);
        this.#histograms.firstTokenMs.observe(event.record.ms, event.record.provider);
        return;
      case "attempt-ended":
        this.#attemptEnded(event);
        return;
      case "retry-scheduled":
        counters.retries.add(1, event.provider);
        return;
      case "retry-refused":
        counters.retriesRefused.add(1, event.provider, event.why);
        return;
      case "hedge-started":
        counters.hedges.add(1, event.provider, event.to);
        return;
      case "hedge-refused":
        counters.hedgesRefused.add(1, event.provider, event.why);
        return;
      case "hedge-ended":
        counters.hedgesEnded.add(1, event.answeredBy ?? "");
        if (event.wastedTokens > 0) counters.wastedTokens.add(event.wastedTokens, "hedge");
        return;
      case "chaos-injected":
        counters.chaos.add(1, event.provider, event.fault);
        return;
      case "breaker-changed":
        counters.breakerChanges.add(1, event.provider, event.state);
        return;
      case "account-isolated":
        counters.accountsIsolated.add(1, event.provider);
        return;
      case "permit-granted":
        counters.permitsGranted.add(1, event.provider);
        this.#histograms.permitWaitMs.observe(event.waitedMs, event.provider);
        return;
      case "permit-released":
        counters.permitsReleased.add(1, event.provider, event.ending);
        return;
      case "permit-refused":
        counters.permitsRefused.add(1, event.provider, event.reason, classOf(event.call.priority));
        return;
      case "answer-stored":
        counters.answersStored.add(1);
        counters.answersStoredBytes.add(event.length);
        return;
      case "answer-not-stored":
        counters.answersNotStored.add(1, event.why);
        return;
      case "flight-joined":
        counters.flightsJoined.add(1, event.where);
        return;
      case "store-changed":
        counters.storeChanges.add(1, event.store, event.available ? "back" : "lost");
        return;
      default:
        return;
    }
  }

  /** Something happened to a job. */
  readonly jobEvent = (event: JobEvent): void => {
    this.#countWaiting();
    const { jobs } = this.#counters;
    switch (event.type) {
      case "job-accepted":
        jobs.add(1, "accepted");
        return;
      case "job-started":
        jobs.add(1, "started");
        return;
      case "job-ended":
        jobs.add(1, event.state);
        this.#histograms.jobMs.observe(event.ms);
        return;
      case "job-released":
        jobs.add(1, "released");
        return;
      case "job-dropped":
        jobs.add(1, "dropped");
        return;
      case "jobs-swept":
        if (event.expired > 0) jobs.add(event.expired, "expired");
        if (event.requeued > 0) jobs.add(event.requeued, "requeued");
        if (event.deadLettered > 0) jobs.add(event.deadLettered, "dead-lettered");
        return;
      case "job-store-failed":
        jobs.add(1, "store-failed");
        return;
    }
  };

  #callEnded({ call, outcome, ending }: Extract<EngineEvent, { type: "call-ended" }>): void {
    const counters = this.#counters;
    const { cache, seams } = call.trace;
    counters.calls.add(1, kindOf(call), endingOf(outcome.type, ending.failure));
    if (cache !== undefined) counters.cache.add(1, cacheResult(cache));
    for (const { from, to } of seams) counters.seams.add(1, from, to);
  }

  #attemptEnded(event: Extract<EngineEvent, { type: "attempt-ended" }>): void {
    const counters = this.#counters;
    const histograms = this.#histograms;
    const { model, usage } = event;
    const { provider, outcome, reason } = event.record;
    counters.attempts.add(1, provider, outcome);
    if (reason !== undefined) counters.attemptFailures.add(1, provider, reason);
    histograms.attemptMs.observe(event.totalMs, provider);
    if (event.longestGapMs !== undefined) histograms.gapMs.observe(event.longestGapMs, provider);
    if (usage !== undefined) {
      counters.tokens.add(usage.promptTokens, provider, "input");
      counters.tokens.add(usage.completionTokens, provider, "output");
      if (usage.cachedPromptTokens !== undefined) counters.tokens.add(usage.cachedPromptTokens, provider, "cached");
      const cost = this.#parts.costOf?.(provider, model, usage);
      if (cost !== undefined) counters.cost.add(cost, provider);
    }
    const given = event.contentEvents ?? 0;
    if (given > 0 && outcome !== "answered") counters.wastedTokens.add(given, outcome === "cut" ? "cut" : "abandoned");
  }
}

/** How long the attempt that answered took until there was an outcome, in ms; undefined where none did. */
function answeringMs({ trace, result, outcomeMs = 0 }: ExchangeRecord): number | undefined {
  if (result !== "answered") return undefined;
  const { attempts, seams } = trace;
  const last = attempts.at(-1);
  if (last?.outcome !== "answered" || seams.length > 0) return undefined;
  // The outcome of a document that may have to be begun anew is its whole, of all others its beginning.
  return last.totalMs !== undefined && last.totalMs <= outcomeMs ? last.totalMs : last.ms;
}

function tables<Name extends string, Table>(names: readonly Name[], make: (name: Name) => Table): Record<Name, Table> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Table>;
}

function snapshots<Name extends string, Value>(
  names: readonly Name[],
  all: Readonly<Record<Name, { snapshot(): Record<string, Value> | undefined }>>,
): Partial<Record<Name, Record<string, Value>>> {
  const families: Partial<Record<Name, Record<string, Value>>> = {};
  for (const name of names) {
    const family = all[name].snapshot();
    if (family !== undefined) families[name] = family;
  }
  return families;
}
