import type { ServiceStatus } from "tideover/front";
import { attemptFigures, cacheFigures, percentilesOf, requestFigures, spendFigures } from "../metrics/figures.ts";
import { BREAKER_NUMBERS } from "../metrics/gauges.ts";
import { PRIORITY_CLASSES } from "../metrics/priority-class.ts";
import { labelsOf, seriesKey, type TotalsSnapshot, totalsBy } from "../metrics/snapshot.ts";
import type { LoadNow, Picture, ProviderNow, WaitingNow } from "./api-types.ts";

/**
 * Everything at a moment.
 * @param period what happened in the period: the difference of two snapshots, with the gauges of the later one
 * @param providers the names of those that are configured
 */
export function pictureOf(period: TotalsSnapshot, status: ServiceStatus, providers: readonly string[]): Picture {
  return {
    at: period.at,
    periodMs: Math.max(0, period.at - period.since),
    level: status.level,
    levels: status.routes.map(({ name, level, since }) => ({ route: name, level, since })),
    requests: requestFigures(period),
    routes: Object.fromEntries(routesOf(period).map((route) => [route, requestFigures(period, route)])),
    providers: providers.map((name) => providerNow(period, name)),
    waiting: waitingNow(period),
    cache: cacheFigures(period),
    spend: spendFigures(period),
    load: loadNow(period),
    shed: totalsBy(period, "permitsRefused", 2),
    loopDelay: percentilesOf(period, "loopDelayMs"),
  };
}

/** The state of one provider, and what its attempts of the period came to. */
export function providerNow(period: TotalsSnapshot, name: string): ProviderNow {
  const { gauges } = period;
  const waiting = PRIORITY_CLASSES.reduce((sum, one) => sum + (gauges.waiting?.[seriesKey(name, one)] ?? 0), 0);
  return {
    name,
    breaker: breakerOf(gauges.breakerState?.[name]),
    limit: gauges.limit?.[name] ?? null,
    inFlight: gauges.inFlight?.[name] ?? 0,
    waiting,
    underPressure: (gauges.underPressure?.[name] ?? 0) > 0,
    accounts: { usable: gauges.accountsUsable?.[name] ?? 0, all: gauges.accounts?.[name] ?? 0 },
    attempts: attemptFigures(period, name),
  };
}

function loadNow(period: TotalsSnapshot): LoadNow | null {
  const { callsOpen, callsAllowed, loopBusy } = period.gauges;
  const allowed = callsAllowed?.[""];
  if (allowed === undefined) return null;
  const refused = totalsBy(period, "callsShed", 0);
  return { open: callsOpen?.[""] ?? 0, allowed, busyShare: loopBusy?.[""] ?? 0, refused };
}

function breakerOf(state: number | undefined): ProviderNow["breaker"] {
  if (state === undefined) return "off";
  return state === BREAKER_NUMBERS.open ? "open" : state === BREAKER_NUMBERS["half-open"] ? "half-open" : "closed";
}

function routesOf({ counters }: TotalsSnapshot): readonly string[] {
  const routes = new Set(Object.keys(counters.requests ?? {}).map((key) => labelsOf(key)[0] ?? ""));
  routes.delete("");
  return [...routes].sort();
}

function waitingNow({ gauges }: TotalsSnapshot): WaitingNow {
  const permits: Record<string, number> = {};
  for (const [key, count] of Object.entries(gauges.waiting ?? {})) {
    const priority = labelsOf(key)[1] ?? "";
    permits[priority] = (permits[priority] ?? 0) + count;
  }
  const jobs = gauges.jobs ?? {};
  return {
    inFlight: gauges.requestsInFlight?.[""] ?? 0,
    permits,
    jobs: Object.keys(jobs).length === 0 ? null : jobs,
    oldestJobMs: gauges.oldestJobMs?.[""] ?? 0,
  };
}
