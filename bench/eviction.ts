/**
 * Which eviction keeps the answers that are asked again: S3-FIFO (ours) beside lru-cache, both bounded by bytes.
 *
 * `node --conditions=tideover-source bench/eviction.ts [--json]` prints a table, or one JSON object.
 */
import { LRUCache } from "lru-cache";
import { S3Fifo } from "../packages/tideover/src/engine/kernels/s3-fifo.ts";
import { makeTrace, SHAPES, type TraceRequest } from "./eviction-trace.ts";

/** Size of the cache as a share of all bytes that the trace's answers have. */
const SIZES = [0.01, 0.05, 0.2];
const SEEDS = [1, 2, 3];

interface Cache {
  get(key: string): unknown;
  set(key: string, bytes: number): void;
}

const CACHES: Readonly<Record<string, (maxBytes: number) => Cache>> = {
  "s3-fifo": (maxBytes) => {
    const cache = new S3Fifo<true>(maxBytes);
    return { get: (key) => cache.get(key), set: (key, bytes) => cache.set(key, true, bytes) };
  },
  "lru-cache": (maxBytes) => {
    const cache = new LRUCache<string, true>({ maxSize: maxBytes });
    return { get: (key) => cache.get(key), set: (key, bytes) => void cache.set(key, true, { size: bytes }) };
  },
};

interface Row {
  readonly shape: string;
  readonly size: number;
  readonly cache: string;
  /** Share of requests answered from the cache, mean of the seeds. */
  readonly hitShare: number;
  /** One request (a get, and a set after a miss), in ns of CPU, mean of the seeds. */
  readonly nanoseconds: number;
}

function footprint(trace: readonly TraceRequest[]): number {
  const bytes = new Map(trace.map((request) => [request.key, request.bytes]));
  return [...bytes.values()].reduce((sum, value) => sum + value, 0);
}

function measure(trace: readonly TraceRequest[], cache: Cache): { hitShare: number; nanoseconds: number } {
  let hits = 0;
  const before = process.cpuUsage();
  for (const { key, bytes } of trace) {
    if (cache.get(key) === undefined) cache.set(key, bytes);
    else hits++;
  }
  const { user, system } = process.cpuUsage(before);
  return { hitShare: hits / trace.length, nanoseconds: ((user + system) * 1_000) / trace.length };
}

const rows: Row[] = [];
for (const shape of SHAPES) {
  const traces = SEEDS.map((seed) => makeTrace(shape, seed));
  for (const size of SIZES) {
    for (const [cache, create] of Object.entries(CACHES)) {
      const found = traces.map((trace) => measure(trace, create(Math.round(footprint(trace) * size))));
      const mean = (pick: (one: (typeof found)[number]) => number) =>
        found.reduce((sum, one) => sum + pick(one), 0) / found.length;
      rows.push({
        shape: shape.name,
        size,
        cache,
        hitShare: mean(({ hitShare }) => hitShare),
        nanoseconds: mean(({ nanoseconds }) => nanoseconds),
      });
    }
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)}%`;
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify({ rows })}\n`);
else {
  for (const { shape, size, cache, hitShare, nanoseconds } of rows) {
    const cells = [shape.padEnd(14), percent(size).padStart(6), cache.padEnd(9), percent(hitShare).padStart(6)];
    process.stdout.write(`${cells.join("  ")}  ${Math.round(nanoseconds)} ns\n`);
  }
}
