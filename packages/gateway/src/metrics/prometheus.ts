import { BUCKETS, type Histogram, upperBoundMs } from "./log-buckets.ts";
import { COUNTER_METRICS, GAUGE_METRICS, HISTOGRAM_METRICS, type MetricName } from "./prometheus-names.ts";
import { labelsOf, type Series, type TotalsSnapshot } from "./snapshot.ts";

/** The media type of Prometheus' text format. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A figure of the process itself, without labels. */
export interface ProcessFigure {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly value: number;
}

/** Totals in Prometheus' text format, version 0.0.4. Families without a value are left out. */
export function prometheusText(snapshot: TotalsSnapshot, figures: readonly ProcessFigure[]): string {
  const lines: string[] = [];
  for (const [family, metric] of COUNTER_METRICS) writeValues(lines, metric, "counter", snapshot.counters[family]);
  for (const [family, metric] of HISTOGRAM_METRICS) writeHistograms(lines, metric, snapshot.histograms[family]);
  for (const [family, metric] of GAUGE_METRICS) writeValues(lines, metric, "gauge", snapshot.gauges[family]);
  for (const { name, help, type, value } of figures) {
    writeHead(lines, name, help, type);
    lines.push(`${name} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function writeHead(lines: string[], name: string, help: string, type: string): void {
  lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`);
}

function writeValues(
  lines: string[],
  metric: MetricName,
  type: "counter" | "gauge",
  series: Series<number> | undefined,
): void {
  const entries = Object.entries(series ?? {});
  if (entries.length === 0) return;
  writeHead(lines, metric.name, metric.help, type);
  for (const [key, value] of entries) {
    lines.push(`${metric.name}${braced(labelPairs(metric, key))} ${value * metric.scale}`);
  }
}

/** Bounds that are told: whole doublings of 10 ms from a third of a millisecond to five minutes, then everything. */
const TOLD_BUCKETS = Array.from({ length: BUCKETS - 1 }, (_, bucket) => bucket).filter((bucket) => {
  const ms = upperBoundMs(bucket);
  return bucket % 4 === 0 && ms > 0.3 && ms < 400_000;
});

function writeHistograms(lines: string[], metric: MetricName, series: Series<Histogram> | undefined): void {
  const entries = Object.entries(series ?? {});
  if (entries.length === 0) return;
  writeHead(lines, metric.name, metric.help, "histogram");
  for (const [key, histogram] of entries) {
    const labels = labelPairs(metric, key);
    let at = 0;
    let count = 0;
    for (const told of TOLD_BUCKETS) {
      for (; (histogram.buckets[at] ?? BUCKETS) <= told; at += 2) count += histogram.buckets[at + 1] ?? 0;
      const bound = `le="${Number((upperBoundMs(told) * metric.scale).toPrecision(12))}"`;
      lines.push(`${metric.name}_bucket${braced([...labels, bound])} ${count}`);
    }
    lines.push(
      `${metric.name}_bucket${braced([...labels, 'le="+Inf"'])} ${histogram.count}`,
      `${metric.name}_sum${braced(labels)} ${histogram.sum * metric.scale}`,
      `${metric.name}_count${braced(labels)} ${histogram.count}`,
    );
  }
}

function labelPairs({ labels }: MetricName, key: string): string[] {
  const values = labelsOf(key);
  return labels.map((label, place) => `${label}="${escaped(values[place] ?? "")}"`);
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
