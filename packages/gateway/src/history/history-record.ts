import { type Histogram, mergeHistograms, NO_VALUES } from "../metrics/log-buckets.ts";
import { MOST_NAME, MOST_SERIES, OTHERS } from "./defaults.ts";

/**
 * What is counted of requests in a step, in the order in which it is kept: names are only ever added at the end.
 * `live` and `liveMs`: answers of live providers and how long all of them took, in ms. `peak`: the most requests that
 * ended in any ten seconds of the step. Tokens are those of the answers that callers were given, cached ones included.
 */
export const REQUEST_COUNTS = [
  "requests",
  "answered",
  "degraded",
  "accepted",
  "failed",
  "shed",
  "byCaller",
  "live",
  "liveMs",
  "peak",
  "rung:live",
  "rung:alternate",
  "rung:local",
  "rung:cache",
  "rung:stale",
  "rung:similar",
  "rung:rules",
  "rung:template",
  "rung:handler",
  "rung:ticket",
  "inputTokens",
  "outputTokens",
] as const;

/** What is counted of the attempts at a provider; `costMicros` in millionths of a US dollar, of the `priced` ones. */
export const PROVIDER_COUNTS = [
  "attempts",
  "answered",
  "overloaded",
  "faults",
  "others",
  "promptTokens",
  "completionTokens",
  "costMicros",
  "priced",
  "peakInFlight",
  "peakLimit",
] as const;

/** Names of a request's counts. */
export type RequestCount = (typeof REQUEST_COUNTS)[number];
/** Names of a provider's counts. */
export type ProviderCount = (typeof PROVIDER_COUNTS)[number];

/** Counts that are highest values: of two steps the higher one is kept, where the others are added. */
const HIGHEST: ReadonlySet<string> = new Set(["peak", "peakInFlight", "peakLimit"]);
/** Names of counts none of which is a highest value. */
const NONE_HIGHEST: readonly string[] = [];

/** Counts and histograms of one series in one step; missing ones at the end are zero. */
export interface Figures {
  readonly counts: number[];
  readonly histograms: Histogram[];
}

/** The histograms of a route: to the first token, to the end; a provider has the first only. */
export const FIRST_TOKEN = 0;
export const TOTAL = 1;

/** The series of requests that were refused before their route was known. */
export const UNROUTED = "";

/** All that is kept of one step. */
export interface HistoryRecord {
  readonly routes: Map<string, Figures>;
  readonly providers: Map<string, Figures>;
}

/** A step in which nothing happened. */
export function emptyRecord(): HistoryRecord {
  return { routes: new Map(), providers: new Map() };
}

/** The figures of a series, made where they are missing; beyond {@link MOST_SERIES} those of all others together. */
export function figuresOf(series: Map<string, Figures>, name: string): Figures {
  const short = name.slice(0, MOST_NAME);
  const known = series.get(short);
  if (known !== undefined) return known;
  if (series.size >= MOST_SERIES && short !== OTHERS) return figuresOf(series, OTHERS);
  const figures: Figures = { counts: [], histograms: [] };
  series.set(short, figures);
  return figures;
}

/** Adds to a count. */
export function count(figures: Figures, at: number, value: number): void {
  while (figures.counts.length <= at) figures.counts.push(0);
  figures.counts[at] = (figures.counts[at] ?? 0) + value;
}

/** Adds values to the histogram in a place. */
export function addHistogram({ histograms }: Figures, at: number, values: Histogram): void {
  while (histograms.length <= at) histograms.push(NO_VALUES);
  histograms[at] = mergeHistograms(histograms[at] ?? NO_VALUES, values);
}

/** Adds all of `from` to `into`. */
export function mergeInto(into: HistoryRecord, from: HistoryRecord): void {
  mergeSeries(into.routes, from.routes, REQUEST_COUNTS);
  mergeSeries(into.providers, from.providers, PROVIDER_COUNTS);
}

/**
 * Adds what another gateway counted in the same step: also the peaks, which were at once. (Two seconds of one gateway
 * are merged with {@link mergeInto}, which keeps the higher peak.)
 */
export function addBeside(into: HistoryRecord, from: HistoryRecord): void {
  mergeSeries(into.routes, from.routes, NONE_HIGHEST);
  mergeSeries(into.providers, from.providers, NONE_HIGHEST);
}

function mergeSeries(into: Map<string, Figures>, from: Map<string, Figures>, names: readonly string[]): void {
  for (const [name, figures] of from) mergeFigures(figuresOf(into, name), figures, names);
}

/** Adds figures of one kind. */
export function mergeFigures(into: Figures, from: Figures, names: readonly string[]): void {
  for (const [at, value] of from.counts.entries()) {
    if (HIGHEST.has(names[at] ?? "")) {
      count(into, at, 0);
      into.counts[at] = Math.max(into.counts[at] ?? 0, value);
    } else count(into, at, value);
  }
  for (const [at, histogram] of from.histograms.entries()) addHistogram(into, at, histogram);
}

/** A count of a route by its name. */
export function requestCount({ counts }: Figures, name: RequestCount): number {
  return counts[REQUEST_COUNTS.indexOf(name)] ?? 0;
}

/** A count of a provider by its name. */
export function providerCount({ counts }: Figures, name: ProviderCount): number {
  return counts[PROVIDER_COUNTS.indexOf(name)] ?? 0;
}
