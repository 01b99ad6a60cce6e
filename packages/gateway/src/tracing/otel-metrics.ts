import { type Attributes, metrics, type ObservableCounter, type ObservableGauge } from "@opentelemetry/api";
import type { CounterName, GaugeName } from "../metrics/families.ts";
import { COUNTER_METRICS, GAUGE_METRICS, type MetricName } from "../metrics/prometheus-names.ts";
import { labelsOf, type Series, type TotalsSnapshot } from "../metrics/snapshot.ts";

/**
 * Gives all counters and gauges to OpenTelemetry's metrics, under the names of `/metrics` without `_total`. They are read
 * from a snapshot when the SDK collects, so nothing is counted twice. Histograms cannot be given that way: the API takes
 * single values only; an OpenTelemetry Collector reads them from `/metrics`.
 *
 * Without a registered meter provider the calls go nowhere and nothing is read.
 * @returns what ends it
 */
export function giveToOpenTelemetry(snapshot: () => Promise<TotalsSnapshot>, version: string): () => void {
  const meter = metrics.getMeter("tideover", version);
  const counters = instruments(COUNTER_METRICS, (name, options) => meter.createObservableCounter(name, options));
  const gauges = instruments(GAUGE_METRICS, (name, options) => meter.createObservableGauge(name, options));
  const all = [...counters, ...gauges].map(({ instrument }) => instrument);
  const collect = async (result: { observe(instrument: Instrument, value: number, attributes?: Attributes): void }) => {
    const { counters: counted, gauges: read } = await snapshot();
    const observe = <Name extends string>(
      { family, instrument, metric }: Given<Name>,
      families: Readonly<Partial<Record<Name, Series<number>>>>,
    ) => {
      for (const [key, value] of Object.entries<number>(families[family] ?? {})) {
        result.observe(instrument, value * metric.scale, attributesOf(metric, key));
      }
    };
    for (const given of counters) observe<CounterName>(given, counted);
    for (const given of gauges) observe<GaugeName>(given, read);
  };
  meter.addBatchObservableCallback(collect, all);
  return () => meter.removeBatchObservableCallback(collect, all);
}

type Instrument = ObservableCounter | ObservableGauge;

interface Given<Name extends string> {
  readonly family: Name;
  readonly instrument: Instrument;
  readonly metric: MetricName;
}

function instruments<Name extends string>(
  families: ReadonlyMap<Name, MetricName>,
  create: (name: string, options: { readonly description: string }) => Instrument,
): readonly Given<Name>[] {
  return [...families].map(([family, metric]) => ({
    family,
    metric,
    instrument: create(metric.name.replace(/_total$/, ""), { description: metric.help }),
  }));
}

function attributesOf({ labels }: MetricName, key: string): Attributes {
  const values = labelsOf(key);
  return Object.fromEntries(labels.map((label, place) => [label, values[place] ?? ""]));
}
