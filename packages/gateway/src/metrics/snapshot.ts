import {
  COUNTER_NAMES,
  type CounterName,
  GAUGE_NAMES,
  GAUGES,
  type GaugeName,
  HISTOGRAM_NAMES,
  type HistogramName,
} from "./families.ts";
import { type Histogram, mergeHistograms, NO_VALUES, subtractHistograms } from "./log-buckets.ts";

/** Values by series; the key holds the series' label values, joined by {@link seriesKey}. */
export type Series<Value> = Readonly<Record<string, Value>>;

/**
 * All totals at a moment: plain, serialisable as JSON, to be merged over processes and subtracted over time. A family
 * or a series that is absent is zero. The families and their labels: `families.ts`.
 */
export interface TotalsSnapshot {
  /** When it was taken, in ms since the Unix epoch. */
  readonly at: number;
  /** Since when it counts, in ms since the Unix epoch. */
  readonly since: number;
  readonly counters: Readonly<Partial<Record<CounterName, Series<number>>>>;
  readonly histograms: Readonly<Partial<Record<HistogramName, Series<Histogram>>>>;
  readonly gauges: Readonly<Partial<Record<GaugeName, Series<number>>>>;
}

/** The key of a series: its label values in the order of the family, one a line. */
export function seriesKey(...labels: readonly string[]): string {
  return labels.join("\n");
}

/** The label values of a series' key. */
export function labelsOf(key: string): readonly string[] {
  return key.split("\n");
}

/**
 * What several processes have counted, as one: counters and histograms are added, gauges by the rule of their family.
 * @returns undefined where there is no snapshot
 */
export function mergeSnapshots(snapshots: readonly TotalsSnapshot[]): TotalsSnapshot | undefined {
  const [first, ...rest] = snapshots;
  return first === undefined ? undefined : rest.reduce(merged, first);
}

function merged(one: TotalsSnapshot, other: TotalsSnapshot): TotalsSnapshot {
  return {
    at: Math.max(one.at, other.at),
    since: Math.min(one.since, other.since),
    counters: eachFamily(COUNTER_NAMES, (name) => joined(one.counters[name], other.counters[name], add)),
    histograms: eachFamily(HISTOGRAM_NAMES, (name) =>
      joined(one.histograms[name], other.histograms[name], mergeHistograms),
    ),
    gauges: eachFamily(GAUGE_NAMES, (name) =>
      joined(one.gauges[name], other.gauges[name], GAUGES[name].merge === "sum" ? add : Math.max),
    ),
  };
}

/**
 * What happened between two snapshots of one process (or of the same processes). Gauges are the later ones'. A process
 * that began anew in between (`since` differs) is counted from its beginning.
 */
export function subtractSnapshots(later: TotalsSnapshot, earlier: TotalsSnapshot): TotalsSnapshot {
  if (later.since !== earlier.since) return later;
  return {
    at: later.at,
    since: earlier.at,
    counters: eachFamily(COUNTER_NAMES, (name) =>
      difference(later.counters[name], earlier.counters[name], minus, (n) => n > 0),
    ),
    histograms: eachFamily(HISTOGRAM_NAMES, (name) =>
      difference(later.histograms[name], earlier.histograms[name], subtractHistograms, ({ count }) => count > 0),
    ),
    gauges: later.gauges,
  };
}

/**
 * The sum of a counter's series whose labels are these; `undefined` in a place stands for any value.
 * @example totalOf(snapshot, "attempts", "deepseek", undefined)
 */
export function totalOf(
  snapshot: TotalsSnapshot,
  name: CounterName,
  ...labels: readonly (string | undefined)[]
): number {
  let sum = 0;
  for (const [key, value] of Object.entries(snapshot.counters[name] ?? {})) if (matches(key, labels)) sum += value;
  return sum;
}

/** All values of a histogram's series whose labels are these; `undefined` in a place stands for any value. */
export function histogramOf(
  snapshot: TotalsSnapshot,
  name: HistogramName,
  ...labels: readonly (string | undefined)[]
): Histogram {
  let all = NO_VALUES;
  for (const [key, value] of Object.entries(snapshot.histograms[name] ?? {})) {
    if (matches(key, labels)) all = mergeHistograms(all, value);
  }
  return all;
}

/** A counter's values, added up by one of its labels. */
export function totalsBy(
  snapshot: TotalsSnapshot,
  name: CounterName,
  label: number,
  where: readonly (string | undefined)[] = [],
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, value] of Object.entries(snapshot.counters[name] ?? {})) {
    if (!matches(key, where)) continue;
    const word = labelsOf(key)[label] ?? "";
    sums[word] = (sums[word] ?? 0) + value;
  }
  return sums;
}

function matches(key: string, labels: readonly (string | undefined)[]): boolean {
  if (labels.every((label) => label === undefined)) return true;
  const own = labelsOf(key);
  return labels.every((label, place) => label === undefined || own[place] === label);
}

const add = (one: number, other: number) => one + other;
const minus = (one: number, other: number) => Math.max(0, one - other);

function eachFamily<Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value | undefined,
): Partial<Record<Name, Value>> {
  const families: Partial<Record<Name, Value>> = {};
  for (const name of names) {
    const family = make(name);
    if (family !== undefined) families[name] = family;
  }
  return families;
}

function joined<Value>(
  one: Series<Value> | undefined,
  other: Series<Value> | undefined,
  join: (one: Value, other: Value) => Value,
): Series<Value> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const all: Record<string, Value> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const known = all[key];
    all[key] = known === undefined ? value : join(known, value);
  }
  return all;
}

function difference<Value>(
  later: Series<Value> | undefined,
  earlier: Series<Value> | undefined,
  subtract: (one: Value, other: Value) => Value,
  counts: (value: Value) => boolean,
): Series<Value> | undefined {
  if (later === undefined) return undefined;
  const rest: Record<string, Value> = {};
  let any = false;
  for (const [key, value] of Object.entries(later)) {
    const before = earlier?.[key];
    const left = before === undefined ? value : subtract(value, before);
    if (!counts(left)) continue;
    rest[key] = left;
    any = true;
  }
  return any ? rest : undefined;
}
