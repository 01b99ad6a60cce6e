import type { Target } from "./connection.ts";
import { closedLoop, constantRate } from "./load.ts";
import type { Plan } from "./plan.ts";
import { canReadProcesses, type Process } from "./processes.ts";
import { type Failures, pause } from "./samples.ts";
import { SilentStreams, StreamLoad } from "./stream-load.ts";
import { type RunningSystem, type Surroundings, type SystemName, startSystem } from "./systems.ts";
import type { UpstreamStats } from "./upstream.ts";

export type MeasureName =
  | "rates"
  | "latency"
  | "streams"
  | "saturation"
  | "first-token"
  | "start"
  | "engine"
  | "simulation";

/** What one measure of one system gave in one round. */
export interface Sample {
  readonly measure: MeasureName;
  readonly system: SystemName | "engine" | "simulator";
  readonly round: number;
  /** By name, with the unit in the name. */
  readonly values: Readonly<Record<string, number>>;
  /** A run with failures is no result. */
  readonly failures: number;
  readonly firstFailure?: string | undefined;
}

/** The part of a {@link Sample} that a measure finds out. */
export type Found = Pick<Sample, "values" | "failures" | "firstFailure">;

/** Measures that run against a system that is up. */
export const LOAD_MEASURES: Readonly<
  Record<
    "rates" | "latency" | "streams" | "saturation" | "first-token",
    (system: RunningSystem, plan: Plan) => Promise<Found>
  >
> = { rates, latency, streams, saturation, "first-token": firstToken };

/** Brings a system's code to the state it has after a while of use. */
export async function warmUp(system: RunningSystem, plan: Plan): Promise<void> {
  const seconds = plan.warmSeconds / 2;
  await closedLoop(system, { connections: plan.connections, seconds, stream: false });
  await closedLoop(system, { connections: plan.connections, seconds, stream: true });
}

async function rates(system: RunningSystem, plan: Plan): Promise<Found> {
  const cpu = cpuOf(system.process);
  const { connections } = plan;
  const load = await closedLoop(system, { connections, seconds: plan.rateSeconds, stream: false });
  const cpuSeconds = cpu();
  return found(load.failures, {
    requestsPerSecond: load.done / load.seconds,
    requestsPerCoreSecond: load.done / cpuSeconds,
    cpuMicrosPerRequest: (cpuSeconds * 1e6) / load.done,
    coreShare: cpuSeconds / load.seconds,
    bytesPerAnswer: load.bytesPerAnswer,
  });
}

async function latency(system: RunningSystem, plan: Plan): Promise<Found> {
  const { latencySeconds: seconds, latencyRate: perSecond } = plan;
  const load = await constantRate(system, { perSecond, seconds, manner: "whole", stream: false });
  return found(load.failures, { p50Ms: load.latency.percentile(0.5), p99Ms: load.latency.percentile(0.99) });
}

async function firstToken(system: RunningSystem, plan: Plan): Promise<Found> {
  const { firstTokenSeconds: seconds, firstTokenRate: perSecond } = plan;
  const load = await constantRate(system, { perSecond, seconds, manner: "paced", stream: true });
  return found(load.failures, { p50Ms: load.latency.percentile(0.5), p99Ms: load.latency.percentile(0.99) });
}

function streams(system: RunningSystem, plan: Plan): Promise<Found> {
  return pacedStreams(system, plan.streams, plan);
}

function saturation(system: RunningSystem, plan: Plan): Promise<Found> {
  return pacedStreams(system, plan.saturatingStreams, plan);
}

async function pacedStreams(system: RunningSystem, count: number, plan: Plan): Promise<Found> {
  const load = new StreamLoad(system);
  await load.open(count);
  const cpu = cpuOf(system.process);
  const window = await load.watch(plan.streamSeconds);
  const cpuSeconds = cpu();
  load.stop();
  await pause(plan.restSeconds * 1_000);
  return found(window.failures, {
    streams: count,
    chunksPerSecond: window.events / window.seconds,
    chunksPerCoreSecond: window.events / cpuSeconds,
    cpuMicrosPerChunk: (cpuSeconds * 1e6) / window.events,
    coreShare: cpuSeconds / window.seconds,
    delayP50Ms: window.delay.percentile(0.5),
    delayP99Ms: window.delay.percentile(0.99),
    bytesPerAnswer: Math.round(window.bytes / window.ended),
    piecesPerAnswer: Math.round((window.reads / window.ended) * 10) / 10,
  });
}

/** How long a system may take to answer for the first time, in ms. */
const START_WAIT_MS = 20_000;
/** How long one request of those that wait for the start may take, in ms. */
const FIRST_ANSWER_MS = 1_000;
/** How long the upstream may take to see that all callers have left, in ms. */
const LEAVE_WAIT_MS = 5_000;
/** A system's start, its memory when idle and under open silent streams, and the end of those at the upstream. */
export async function measureStart(name: SystemName, surroundings: Surroundings, plan: Plan): Promise<Found> {
  const startedAt = performance.now();
  const system = await startSystem(name, surroundings);
  try {
    await untilAnswering(system);
    const startMs = performance.now() - startedAt;
    await pause(plan.settleSeconds * 1_000);
    const { process } = system;
    if (process === undefined || !canReadProcesses()) return { values: { startMs }, failures: 0 };
    const idleBytes = process.residentBytes();
    await warmUp(system, { ...plan, warmSeconds: Math.min(plan.warmSeconds, 4) });
    await pause(plan.settleSeconds * 1_000);
    // The first ones fill what the heap has left over from the warm-up; what the others add is theirs.
    const silent = new SilentStreams(system);
    await silent.open(plan.idleStreams);
    await pause(plan.settleSeconds * 1_000);
    const beforeBytes = process.residentBytes();
    await silent.open(plan.idleStreams);
    await pause(plan.settleSeconds * 1_000);
    const openBytes = process.residentBytes();
    const leftAt = performance.now();
    silent.leave();
    const allLeft = await untilNoStream(surroundings.upstreamPort);
    return found(silent.failures, {
      startMs,
      idleMegabytes: idleBytes / 1e6,
      kilobytesPerStream: (openBytes - beforeBytes) / plan.idleStreams / 1e3,
      // Nothing where the upstream went on sending to callers that had left.
      leftAfterMs: allLeft ? performance.now() - leftAt : Number.NaN,
    });
  } finally {
    await system.stop();
  }
}

/** Waits for the first answer with status 200. @throws Error when none comes. */
export async function untilAnswering(system: RunningSystem): Promise<void> {
  const endAt = performance.now() + START_WAIT_MS;
  let last = "no answer";
  while (performance.now() < endAt) {
    if (system.process?.running === false) throw new Error(`${system.name} ended at once; its output says why.`);
    const first = await oneRequest(system);
    if (first === undefined) return;
    last = first;
    await pause(5);
  }
  throw new Error(`${system.name} did not answer within ${START_WAIT_MS} ms: ${last}`);
}

/** @returns what went wrong. */
async function oneRequest(target: Target): Promise<string | undefined> {
  const once = {
    perSecond: 1_000,
    seconds: 0.001,
    manner: "whole",
    stream: false,
    lastWaitMs: FIRST_ANSWER_MS,
  } as const;
  return (await constantRate(target, once)).failures.first;
}

async function untilNoStream(upstreamPort: number): Promise<boolean> {
  const endAt = performance.now() + LEAVE_WAIT_MS;
  while (performance.now() < endAt) {
    const response = await fetch(`http://127.0.0.1:${upstreamPort}/stats`);
    const stats = (await response.json()) as UpstreamStats;
    if (stats.open === 0) return true;
    await pause(10);
  }
  return false;
}

function cpuOf(process: Process | undefined): () => number {
  if (process === undefined || !canReadProcesses()) return () => Number.NaN;
  const before = process.cpuSeconds();
  return () => process.cpuSeconds() - before;
}

function found(failures: Failures, values: Readonly<Record<string, number>>): Found {
  return { values, failures: failures.count, firstFailure: failures.first };
}
