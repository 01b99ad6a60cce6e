import fc from "fast-check";
import { seededRandom } from "tideover/engine";
import { expect, test } from "vitest";
import { BUCKETS } from "../metrics/log-buckets.ts";
import { decodeRecord, encodeRecord } from "./encode-record.ts";
import { emptyRecord } from "./history-record.ts";
import { syntheticStep } from "./testing/synthetic-steps.ts";

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const histogram = fc
  .record({
    sum: whole,
    buckets: fc.uniqueArray(fc.integer({ min: 0, max: BUCKETS - 1 }), { maxLength: 20 }),
    counts: fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 20, maxLength: 20 }),
  })
  .map(({ sum, buckets, counts }) => {
    const flat = buckets.sort((a, b) => a - b).flatMap((bucket, index) => [bucket, counts[index] ?? 1]);
    const count = flat.reduce((total, value, index) => total + (index % 2 === 1 ? value : 0), 0);
    return { count, sum, buckets: flat };
  });
const figures = fc.record({
  counts: fc.array(whole, { maxLength: 30 }),
  histograms: fc.array(histogram, { maxLength: 3 }),
});
const series = fc
  .uniqueArray(fc.tuple(fc.string({ maxLength: 100 }), figures), { selector: ([name]) => name, maxLength: 20 })
  .map((entries) => new Map(entries));

test("what was written is read back, whatever it is", () => {
  fc.assert(
    fc.property(series, series, (routes, providers) => {
      const record = { routes, providers };
      expect(decodeRecord(encodeRecord(record))).toEqual(record);
    }),
    { numRuns: 200 },
  );
});

test("damaged bytes are no step, and never an exception", () => {
  const bytes = encodeRecord(syntheticStep({ routes: 3, providers: 3, requests: 50 }, seededRandom(1)));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const damaged = bytes.slice();
      damaged[at] = value;
      expect(() => decodeRecord(damaged)).not.toThrow();
      expect(() => decodeRecord(damaged.subarray(0, at))).not.toThrow();
    }),
  );
  expect([decodeRecord(new Uint8Array()), decodeRecord(Uint8Array.of(9, 1, 2))]).toEqual([undefined, undefined]);
});

test("a silent step takes a few bytes", () => {
  expect(encodeRecord(emptyRecord())).toHaveLength(3);
});
