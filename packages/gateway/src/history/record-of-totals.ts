import type { CounterName, HistogramName } from "../metrics/families.ts";
import { labelsOf, type TotalsSnapshot } from "../metrics/snapshot.ts";
import {
  addHistogram,
  count,
  emptyRecord,
  FIRST_TOKEN,
  type Figures,
  figuresOf,
  type HistoryRecord,
  PROVIDER_COUNTS,
  type ProviderCount,
  REQUEST_COUNTS,
  type RequestCount,
  requestCount,
  TOTAL,
  UNROUTED,
} from "./history-record.ts";

/** Codes of refusals by our own limits. */
const SHED: ReadonlySet<string> = new Set(["load_shed", "rate_limited"]);
/** Codes of the caller's own mistakes. */
const CALLERS: ReadonlySet<string> = new Set([
  "invalid_request",
  "unknown_model",
  "unauthorized",
  "payload_too_large",
  "idempotency_mismatch",
  "not_cached",
]);
/** Rungs of live providers: how long these took is what a request takes that is not answered from a store. */
const LIVE: ReadonlySet<string> = new Set(["live", "alternate"]);
const MICROS = 1_000_000;

/**
 * What is kept of a step, from all that was counted in it.
 * @param step the difference of two snapshots. Requests without a route (health checks, refused keys) are left out, but
 *   for those that a full process refused before it looked for one: they were load, and nobody's own doing.
 */
export function recordOfTotals(step: TotalsSnapshot): HistoryRecord {
  const record = emptyRecord();
  countRequests(step, record.routes);
  measureRequests(step, record.routes);
  countShed(step, record.routes);
  for (const figures of record.routes.values()) notePeak(figures);
  countAttempts(step, record.providers);
  return record;
}

/** Adds to the counts of routes; a request without a route has none. */
function routesIn(routes: HistoryRecord["routes"]) {
  return (name: string, what: RequestCount, value: number) => {
    if (name !== "") count(figuresOf(routes, name), REQUEST_COUNTS.indexOf(what), value);
  };
}

function countRequests(step: TotalsSnapshot, routes: HistoryRecord["routes"]): void {
  const add = routesIn(routes);
  for (const [[route = "", rung = "", , result = "", degraded], value] of series(step, "requests")) {
    add(route, "requests", value);
    add(route, outcomeOf(result, degraded), value);
    if (result === "cancelled") add(route, "byCaller", value);
    const given = result === "accepted" ? "ticket" : result === "answered" ? rung : undefined;
    const rungCount = REQUEST_COUNTS.find((name) => name === `rung:${given}`);
    if (rungCount !== undefined) add(route, rungCount, value);
  }
  for (const [[route = "", code = ""], value] of series(step, "errors")) {
    if (SHED.has(code)) add(route, "shed", value);
    else if (CALLERS.has(code)) add(route, "byCaller", value);
  }
  for (const [[route = "", kind], value] of series(step, "answerTokens")) {
    add(route, kind === "input" ? "inputTokens" : "outputTokens", value);
  }
}

function countShed(step: TotalsSnapshot, routes: HistoryRecord["routes"]): void {
  let shed = 0;
  for (const [, value] of series(step, "callsShed")) shed += value;
  if (shed === 0) return;
  const figures = figuresOf(routes, UNROUTED);
  for (const what of ["requests", "failed", "shed"] as const) count(figures, REQUEST_COUNTS.indexOf(what), shed);
}

function measureRequests(step: TotalsSnapshot, routes: HistoryRecord["routes"]): void {
  const add = routesIn(routes);
  for (const [[route = "", rung = ""], values] of histograms(step, "requestMs")) {
    if (route === "") continue;
    addHistogram(figuresOf(routes, route), TOTAL, values);
    if (!LIVE.has(rung)) continue;
    add(route, "live", values.count);
    add(route, "liveMs", Math.round(values.sum));
  }
  for (const [[route = ""], values] of histograms(step, "outcomeMs")) {
    if (route !== "") addHistogram(figuresOf(routes, route), FIRST_TOKEN, values);
  }
}

function countAttempts(step: TotalsSnapshot, providers: HistoryRecord["providers"]): void {
  const add = (name: string, what: ProviderCount, value: number) => {
    if (name !== "") count(figuresOf(providers, name), PROVIDER_COUNTS.indexOf(what), value);
  };
  for (const [[provider = "", outcome = ""], value] of series(step, "attempts")) {
    add(provider, "attempts", value);
    add(provider, attemptOutcome(outcome), value);
  }
  for (const [[provider = "", kind], value] of series(step, "tokens")) {
    if (kind === "input") add(provider, "promptTokens", value);
    if (kind === "output") add(provider, "completionTokens", value);
  }
  for (const [[provider = ""], dollars] of series(step, "cost")) {
    add(provider, "costMicros", Math.round(dollars * MICROS));
    add(provider, "priced", 1);
  }
  for (const [[provider = ""], values] of histograms(step, "firstTokenMs")) {
    if (provider !== "") addHistogram(figuresOf(providers, provider), FIRST_TOKEN, values);
  }
  for (const [key, value] of Object.entries(step.gauges.inFlight ?? {})) {
    add(labelsOf(key)[0] ?? "", "peakInFlight", Math.round(value));
  }
  for (const [key, value] of Object.entries(step.gauges.limit ?? {})) {
    add(labelsOf(key)[0] ?? "", "peakLimit", Math.round(value));
  }
}

function outcomeOf(result: string, degraded: string | undefined): RequestCount {
  if (result === "answered") return degraded === "1" ? "degraded" : "answered";
  return result === "accepted" ? "accepted" : "failed";
}

function attemptOutcome(outcome: string): "answered" | "overloaded" | "faults" | "others" {
  if (outcome === "answered" || outcome === "overloaded") return outcome;
  return outcome === "fault" || outcome === "cut" ? "faults" : "others";
}

/** The finest step is its own peak. */
function notePeak(figures: Figures): void {
  const place = REQUEST_COUNTS.indexOf("peak");
  count(figures, place, 0);
  figures.counts[place] = requestCount(figures, "requests");
}

function* series({ counters }: TotalsSnapshot, name: CounterName): Generator<[readonly string[], number]> {
  for (const [key, value] of Object.entries(counters[name] ?? {})) yield [labelsOf(key), value];
}

function* histograms(step: TotalsSnapshot, name: HistogramName) {
  for (const [key, values] of Object.entries(step.histograms[name] ?? {})) yield [labelsOf(key), values] as const;
}
