import {
  type Attributes,
  type BatchObservableCallback,
  type Meter,
  metrics,
  type Observable,
} from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { giveToOpenTelemetry } from "./otel-metrics.ts";

afterEach(() => metrics.disable());

const SNAPSHOT = {
  at: 2,
  since: 1,
  counters: { retries: { deepseek: 3 }, attempts: { "deepseek\nanswered": 7 } },
  histograms: {},
  gauges: { oldestJobMs: { "": 2_500 } },
};

test("an SDK that collects is given every counter and gauge with its labels", async () => {
  const callbacks = new Set<BatchObservableCallback>();
  const create = (name: string) => ({ name, addCallback: () => undefined, removeCallback: () => undefined });
  const meter = {
    createObservableCounter: create,
    createObservableGauge: create,
    addBatchObservableCallback: (callback: BatchObservableCallback) => callbacks.add(callback),
    removeBatchObservableCallback: (callback: BatchObservableCallback) => callbacks.delete(callback),
  };
  metrics.setGlobalMeterProvider({ getMeter: () => meter as unknown as Meter });
  let reads = 0;
  const stop = giveToOpenTelemetry(() => {
    reads++;
    return Promise.resolve(SNAPSHOT);
  }, "1");
  const seen: [string, number, Attributes | undefined][] = [];
  for (const callback of callbacks) {
    await callback({
      observe: (instrument: Observable, value: number, attributes?: Attributes) => {
        seen.push([(instrument as unknown as { name: string }).name, value, attributes]);
      },
    });
  }
  expect(seen).toEqual([
    ["tideover_attempts", 7, { provider: "deepseek", outcome: "answered" }],
    ["tideover_retries", 3, { provider: "deepseek" }],
    ["tideover_oldest_job_age_seconds", 2.5, {}],
  ]);
  expect(reads).toBe(1);
  stop();
  expect(callbacks.size).toBe(0);
});

test("without an SDK nothing is read", () => {
  const stop = giveToOpenTelemetry(() => {
    throw new Error("nobody collects");
  }, "1");
  expect(stop).not.toThrow();
});
