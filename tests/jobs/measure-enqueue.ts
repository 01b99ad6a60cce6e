import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataDir } from "../../packages/gateway/src/stores/embedded/index.ts";
import { SqliteJobStore } from "../../packages/gateway/src/stores/jobs-sqlite/sqlite-job-store.ts";

/** Callers that enqueue at the same time, each waiting for its own confirmation. */
const CALLERS = 64;
/** Size of a request, in bytes: a product description's prompt. */
const REQUEST_BYTES = 1_500;
const BACKLOG = 100_000;

/** Rounds with and without a backlog, alternately, so that what else the machine does strikes both alike. */
const ROUNDS = 5;
const JOBS_PER_ROUND = 4_000;

/** What was found: for jobs as they usually come, and for the worst keys that callers can send. Memory in MiB. */
export interface EnqueueMeasurements {
  readonly withoutKeys: EnqueueMeasurement;
  /** A random idempotency key with each: they spread over the whole index, so that each job touches a page of its own. */
  readonly withRandomKeys: EnqueueMeasurement;
}

/** Jobs a second (the median of the rounds), and memory in MiB. */
export interface EnqueueMeasurement {
  readonly emptyPerSecond: number;
  readonly backloggedPerSecond: number;
  /** Processor time for one job, both threads together, in us. */
  readonly emptyMicros: number;
  readonly backloggedMicros: number;
  /** What the backlog costs of the rate, in percent, by processor time: what else the machine does does not count. */
  readonly costPercent: number;
  readonly backlog: number;
  /** Growth of the process while the backlog came, in MiB. */
  readonly residentGrowth: number;
}

/** Measures how fast jobs are accepted with durable commits, on an empty store and on one with many jobs waiting. */
export async function measureEnqueue(): Promise<EnqueueMeasurements> {
  return { withoutKeys: await measure(false), withRandomKeys: await measure(true) };
}

async function measure(withKeys: boolean): Promise<EnqueueMeasurement> {
  await using full = await openStore();
  await enqueue(full.store, JOBS_PER_ROUND, withKeys);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  await enqueue(full.store, BACKLOG - JOBS_PER_ROUND, withKeys);
  globalThis.gc?.();
  const residentGrowth = Math.round((process.memoryUsage().rss - before) / 2 ** 20);
  const { queued: backlog } = await full.store.counts();
  const rates: { empty: Pace; backlogged: Pace }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using fresh = await openStore();
    rates.push({
      empty: await enqueue(fresh.store, JOBS_PER_ROUND, withKeys),
      backlogged: await enqueue(full.store, JOBS_PER_ROUND, withKeys),
    });
  }
  const of = (pick: (rate: (typeof rates)[number]) => number) => Math.round(median(rates.map(pick)));
  const costs = rates.map(({ empty, backlogged }) => 1 - empty.micros / backlogged.micros);
  return {
    emptyPerSecond: of(({ empty }) => empty.perSecond),
    backloggedPerSecond: of(({ backlogged }) => backlogged.perSecond),
    emptyMicros: of(({ empty }) => empty.micros),
    backloggedMicros: of(({ backlogged }) => backlogged.micros),
    costPercent: Math.round(median(costs) * 1_000) / 10,
    backlog,
    residentGrowth,
  };
}

interface OpenStore extends AsyncDisposable {
  readonly store: SqliteJobStore;
}

async function openStore(): Promise<OpenStore> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-enqueue-"));
  const dataDir = DataDir.open(folder, "enqueue measurement");
  return {
    store: await SqliteJobStore.open(dataDir),
    async [Symbol.asyncDispose]() {
      await dataDir.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

let made = 0;

/** How fast jobs were accepted. */
interface Pace {
  readonly perSecond: number;
  /** Processor time for each, in us. */
  readonly micros: number;
}

async function enqueue(store: SqliteJobStore, count: number, withKeys: boolean): Promise<Pace> {
  const request = new Uint8Array(REQUEST_BYTES).fill(97);
  let left = count;
  const caller = async () => {
    while (left-- > 0) {
      const now = Date.now();
      const id = `job_${now.toString(36)}${randomUUID().replaceAll("-", "")}`;
      made++;
      const tenant = `tenant-${made % 20}`;
      const times = { createdAt: now, notBefore: now, expiresAt: now + 86_400_000 };
      const once = { key: `k:${randomUUID()}`, fingerprint: id, until: now + 86_400_000 };
      const job = { id, kind: "ticket", tenant, operation: "chat", model: "deepseek-chat", priority: 6 } as const;
      await store.accept({ ...job, ...times, request, ...(withKeys ? { idempotency: once } : {}) });
    }
  };
  const start = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (count / (performance.now() - start)) * 1_000, micros: (user + system) / count };
}
