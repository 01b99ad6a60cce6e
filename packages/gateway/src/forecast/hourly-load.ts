import { TIERS } from "../history/defaults.ts";
import { type Figures, providerCount, requestCount, UNROUTED } from "../history/history-record.ts";
import type { HistoryStep, HistoryStore } from "../history/history-store.ts";
import { LEAST_MINUTES, MOST_HOURS, OUTAGE_REQUESTS, OUTAGE_SHARE } from "./defaults.ts";

/** What came in one hour, whatever became of it: the offered load. */
export interface LoadHour {
  /** In ms since the Unix epoch. */
  readonly at: number;
  /** Less than all of the traffic was answered in full: what came then says nothing of what will come. */
  readonly outage: boolean;
  /** Requests, without those that were the callers' own mistakes. */
  readonly requests: number;
  /** Of them, those that a fresh copy answered. */
  readonly cached: number;
  /** Tokens of all answers had they all been given. */
  readonly tokens: number;
  /** Calls at once, in the mean, had no copy and no refusal spared a provider any. */
  readonly concurrency: number;
  /** How far the busiest ten seconds stood above the hour's mean. */
  readonly burst: number;
  readonly routes: ReadonlyMap<string, number>;
  readonly providers: ReadonlyMap<string, ProviderHour>;
}

/** What went to a provider in one hour. */
export interface ProviderHour {
  readonly tokens: number;
  /** In US dollars; undefined where no price is known. */
  readonly cost: number | undefined;
  /** The highest limit of calls at once that was learned. */
  readonly limit: number;
}

const [, , HOUR] = TIERS;
const MICROS = 1_000_000;
/** Ten-second spans of an hour. */
const SPANS = 360;

/**
 * The load of the last weeks by the hour, the oldest first, up to the last complete hour.
 * @param now in ms since the Unix epoch
 * @returns undefined in place of hours that were not recorded, or only in part
 */
export async function readHourlyLoad(store: HistoryStore, now: number): Promise<readonly (LoadHour | undefined)[]> {
  const end = Math.floor(now / HOUR.stepMs) * HOUR.stepMs;
  const start = end - MOST_HOURS * HOUR.stepMs;
  const minutes = await store.minutesRecorded(start, end);
  const firstMinute = Math.min(...minutes.keys());
  const usual = new Usual();
  const hours: (LoadHour | undefined)[] = Array.from({ length: MOST_HOURS }, () => undefined);
  for await (const step of store.steps(HOUR, start, end)) {
    const recorded = minutes.get(step.at) ?? (step.at < firstMinute ? 60 : 0);
    const place = (step.at - start) / HOUR.stepMs;
    if (recorded >= LEAST_MINUTES && place < hours.length) hours[place] = loadOf(step, recorded, usual);
  }
  const first = hours.findIndex((hour) => hour !== undefined);
  return first === -1 ? [] : hours.slice(first);
}

/** What an answer usually costs in tokens and time, by route: hours in which nobody was answered have no other. */
class Usual {
  readonly #tokens = new Map<string, number>();
  readonly #ms = new Map<string, number>();

  tokensOf(route: string, measured: number | undefined): number {
    return remembered(this.#tokens, route, measured);
  }

  msOf(route: string, measured: number | undefined): number {
    return remembered(this.#ms, route, measured);
  }
}

function remembered(known: Map<string, number>, name: string, measured: number | undefined): number {
  if (measured !== undefined) known.set(name, measured);
  return measured ?? known.get(name) ?? 0;
}

/** What all routes had in an hour, before it is scaled to the whole of it. */
interface Sum {
  requests: number;
  cached: number;
  tokens: number;
  busyMs: number;
  lacking: number;
  peak: number;
}

function loadOf({ at, record }: HistoryStep, minutes: number, usual: Usual): LoadHour {
  const scale = 60 / minutes;
  const routes = new Map<string, number>();
  const sum: Sum = { requests: 0, cached: 0, tokens: 0, busyMs: 0, lacking: 0, peak: 0 };
  for (const [name, figures] of record.routes) {
    if (name === UNROUTED) continue;
    const own = offered(name, figures, usual);
    routes.set(name, own.requests * scale);
    sum.requests += own.requests;
    sum.cached += requestCount(figures, "rung:cache");
    sum.tokens += own.tokens;
    sum.busyMs += own.busyMs;
    sum.lacking += own.lacking;
    sum.peak += requestCount(figures, "peak");
  }
  addUnrouted(sum, record.routes.get(UNROUTED));
  const mean = (sum.requests * scale) / SPANS;
  return {
    at,
    outage: sum.requests >= OUTAGE_REQUESTS && sum.lacking >= OUTAGE_SHARE * sum.requests,
    requests: sum.requests * scale,
    cached: sum.cached * scale,
    tokens: sum.tokens * scale,
    concurrency: (sum.busyMs * scale) / HOUR.stepMs,
    burst: mean > 0 ? Math.max(1, sum.peak / mean) : 1,
    routes,
    providers: new Map([...record.providers].map(([name, figures]) => [name, providerHour(figures, scale)])),
  };
}

/** Adds what a full process refused before its route was known: as dear, for want of better, as what was known that hour. */
function addUnrouted(sum: Sum, figures: Figures | undefined): void {
  const refused = figures === undefined ? 0 : requestCount(figures, "requests");
  if (figures === undefined || refused === 0) return;
  const known = sum.requests;
  const grown = known === 0 ? 1 : (known + refused) / known;
  sum.requests += refused;
  sum.tokens *= grown;
  sum.busyMs *= grown;
  sum.lacking += refused;
  sum.peak += requestCount(figures, "peak");
}

function offered(route: string, figures: Figures, usual: Usual) {
  const requests = Math.max(0, requestCount(figures, "requests") - requestCount(figures, "byCaller"));
  const answered = requestCount(figures, "answered");
  const live = requestCount(figures, "live");
  const tokens = requestCount(figures, "inputTokens") + requestCount(figures, "outputTokens");
  const each = usual.tokensOf(route, answered > 0 && tokens > 0 ? tokens / answered : undefined);
  const ms = usual.msOf(route, live > 0 ? requestCount(figures, "liveMs") / live : undefined);
  const full = answered + requestCount(figures, "accepted");
  return { requests, tokens: requests * each, busyMs: requests * ms, lacking: Math.max(0, requests - full) };
}

function providerHour(figures: Figures, scale: number): ProviderHour {
  const tokens = providerCount(figures, "promptTokens") + providerCount(figures, "completionTokens");
  const isPriced = providerCount(figures, "priced") > 0;
  return {
    tokens: tokens * scale,
    cost: isPriced ? (providerCount(figures, "costMicros") / MICROS) * scale : undefined,
    limit: providerCount(figures, "peakLimit"),
  };
}
