import { CALLERS_OWN_CODES } from "tideover/runtime";
import type { HistogramName } from "./families.ts";
import { quantileOf } from "./log-buckets.ts";
import { histogramOf, labelsOf, type TotalsSnapshot, totalOf, totalsBy } from "./snapshot.ts";

/** Percentiles of a duration, in ms; null where nothing was measured. */
export interface PercentileFigures {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Percentiles of a histogram's series whose labels are these. */
export function percentilesOf(
  snapshot: TotalsSnapshot,
  name: HistogramName,
  ...labels: readonly (string | undefined)[]
): PercentileFigures {
  const histogram = histogramOf(snapshot, name, ...labels);
  const at = (share: number) => {
    const ms = quantileOf(histogram, share);
    return ms === undefined ? null : Math.round(ms * 100) / 100;
  };
  return { count: histogram.count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/**
 * What became of a period's requests.
 * @param snapshot of the period: a difference of two, or all since the start
 * @param route only this one's; absent: all requests for an answer
 */
export function requestFigures(snapshot: TotalsSnapshot, route?: string) {
  const results: Record<string, number> = {};
  const rungs: Record<string, number> = {};
  let ended = 0;
  let degraded = 0;
  for (const [key, count] of Object.entries(snapshot.counters.requests ?? {})) {
    const [ofRoute = "", rung = "", , result = "", isDegraded] = labelsOf(key);
    if (route !== undefined && ofRoute !== route) continue;
    // Probes, lists and the like are answered without a route.
    if (ofRoute === "" && result !== "refused") continue;
    ended += count;
    results[result] = (results[result] ?? 0) + count;
    if (result !== "answered" && result !== "accepted") continue;
    if (rung !== "") rungs[rung] = (rungs[rung] ?? 0) + count;
    if (isDegraded === "1" || result === "accepted") degraded += count;
  }
  const good = (results.answered ?? 0) + (results.accepted ?? 0);
  const bad = good + failuresOfOurs(snapshot, route);
  return {
    ended,
    results,
    rungs,
    degraded,
    answeredShare: bad === 0 ? null : good / bad,
    degradedShare: good === 0 ? null : degraded / good,
    outcome: percentilesOf(snapshot, "outcomeMs", route),
    total: percentilesOf(snapshot, "requestMs", route),
    overhead: percentilesOf(snapshot, "overheadMs", route),
  };
}

/** Requests that were not answered, without those that were the caller's own doing. */
function failuresOfOurs(snapshot: TotalsSnapshot, route: string | undefined): number {
  let failures = 0;
  for (const [code, count] of Object.entries(totalsBy(snapshot, "errors", 1, [route]))) {
    if (!CALLERS_OWN_CODES.has(code)) failures += count;
  }
  return failures;
}

/** What the attempts at one provider came to in a period. */
export function attemptFigures(snapshot: TotalsSnapshot, provider: string) {
  const tokens = (kind: string) => totalOf(snapshot, "tokens", provider, kind);
  return {
    started: totalOf(snapshot, "attemptsStarted", provider),
    outcomes: totalsBy(snapshot, "attempts", 1, [provider]),
    reasons: totalsBy(snapshot, "attemptFailures", 1, [provider]),
    firstToken: percentilesOf(snapshot, "firstTokenMs", provider),
    total: percentilesOf(snapshot, "attemptMs", provider),
    gap: percentilesOf(snapshot, "gapMs", provider),
    retries: totalOf(snapshot, "retries", provider),
    hedges: totalOf(snapshot, "hedges", undefined, provider),
    continuations: totalOf(snapshot, "continuations", provider),
    tokens: { input: tokens("input"), output: tokens("output"), cached: tokens("cached") },
    cost: snapshot.counters.cost?.[provider] ?? null,
  };
}

/** Money and tokens of a period. */
export function spendFigures(snapshot: TotalsSnapshot) {
  const tokens = (kind: string) => totalOf(snapshot, "tokens", undefined, kind);
  return {
    retries: totalOf(snapshot, "retries"),
    hedges: totalOf(snapshot, "hedges"),
    continuations: totalOf(snapshot, "continuations"),
    wastedTokens: totalsBy(snapshot, "wastedTokens", 0),
    tokens: { input: tokens("input"), output: tokens("output"), cached: tokens("cached") },
    cost: totalOf(snapshot, "cost"),
  };
}

/** What the cache did in a period, and holds; null where nothing is cached. */
export function cacheFigures(snapshot: TotalsSnapshot) {
  const answers = snapshot.gauges.cacheAnswers?.[""];
  if (answers === undefined) return null;
  const results = totalsBy(snapshot, "cache", 0);
  const hits = results.hit ?? 0;
  const asked = hits + (results["stale-hit"] ?? 0) + (results.miss ?? 0) + (results.stale ?? 0);
  return {
    results,
    hitShare: asked === 0 ? null : hits / asked,
    stored: totalOf(snapshot, "answersStored"),
    shared: totalOf(snapshot, "flightsJoined"),
    answers,
    bytes: snapshot.gauges.cacheBytes?.[""] ?? 0,
  };
}
