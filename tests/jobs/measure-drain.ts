import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { MortalGateway } from "./mortal-gateway.ts";

/** A provider twice as fast as a real one: a generation takes some 2.5 s. Faster, and jobs were let in by seconds. */
const FASTER = 0.5;
const SLOTS = 12;
/** Live calls a second: half of what the provider serves. */
const LIVE_PER_SECOND = 2.4;
/**
 * Drains, each with a time without jobs before it: what else the machine does strikes both alike, and first tokens of this
 * provider differ so much that the 95th percentile of one drain's 400 calls is true to 10% only. Half an hour in all.
 */
const ROUNDS = 4;
/** How long live calls are watched without jobs in each round, and how long the provider is out, in ms. */
const ALONE_MS = 150_000;
const OUTAGE_MS = 15_000;
const WARM_UP_MS = 10_000;
/** How long it may take until callers are answered live again, in ms; what comes before is the outage's. */
const BACK_MS = 40_000;
const JOBS = 600;
const AT_ONCE = 8;

/** What live callers met, with and without jobs; times in ms. */
export interface DrainMeasurement {
  readonly alone: { readonly calls: number; readonly failed: number; readonly p95Ms: number };
  readonly beside: { readonly calls: number; readonly failed: number; readonly p95Ms: number };
  /** How much later the 95th percentile of first tokens is while jobs drain, in percent. */
  readonly laterPercent: number;
  /** Where that lies with a chance of nine in ten, by drawing the same number of calls from the measured ones again. */
  readonly between: readonly [number, number];
  /** Of each round. */
  readonly jobs: number;
  readonly drainSeconds: readonly number[];
}

/** Watches live callers of a real gateway, first alone, then while jobs that piled up in an outage drain beside them. */
export async function measureDrain(say: (line: string) => void): Promise<DrainMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-drain-"));
  const upstream = await startUpstreamServer({
    profile: "calm",
    timeScale: FASTER,
    pacing: { slots: SLOTS, queue: 40 },
  });
  const gateway = new MortalGateway(folder);
  try {
    writeFileSync(join(folder, "tideover.yaml"), configuration(upstream.url));
    await gateway.start();
    const { url = "" } = gateway;
    // The first calls of a process pay for its start.
    await watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= WARM_UP_MS));
    const alone: number[] = [];
    const beside: number[] = [];
    const drainSeconds: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      alone.push(...(await watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= ALONE_MS))));
      upstream.model.setProfile("outage");
      for (let number = 0; number < JOBS; number += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => enqueue(url, `${round}-${number + at}`)));
      }
      await pause(OUTAGE_MS);
      upstream.model.setProfile("calm");
      await watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= BACK_MS));
      const began = performance.now();
      beside.push(...(await watch(url, async () => (await waiting(url)) === 0)));
      drainSeconds.push(Math.round((performance.now() - began) / 1_000));
      say(
        `round ${round} of ${ROUNDS}: ${laterPercent(beside, alone)}% later by now, drained in ${drainSeconds.at(-1)} s`,
      );
    }
    return {
      alone: account(alone),
      beside: account(beside),
      laterPercent: laterPercent(beside, alone),
      between: likely(beside, alone),
      jobs: JOBS,
      drainSeconds,
    };
  } finally {
    await gateway.kill();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(url: string): string {
  return `
server: { port: 0 }
providers:
  sim: { preset: deepseek, baseUrl: "${url}", apiKey: sk-test }
routes:
  - { model: "*", cache: off, retry: { budget: off }, firstToken: 8s, ladder: [sim, ticket] }
`;
}

/** Asks at a steady rate until `isOver`. @returns the time to each first token, in ms; NaN for a call without one */
async function watch(url: string, isOver: (elapsedMs: number) => Promise<boolean>): Promise<number[]> {
  const began = performance.now();
  const calls: Promise<number>[] = [];
  let over = false;
  const look = async () => {
    while (!over) {
      await pause(500);
      over = await isOver(performance.now() - began);
    }
  };
  const looking = look();
  for (let due = began; !over; ) {
    // Poisson arrivals.
    due += (-Math.log(1 - Math.random()) / LIVE_PER_SECOND) * 1_000;
    await pause(Math.max(0, due - performance.now()));
    calls.push(firstToken(url, `live ${calls.length} ${began}`));
  }
  await looking;
  return Promise.all(calls);
}

async function firstToken(url: string, content: string): Promise<number> {
  const began = performance.now();
  const response = await post(url, { model: "deepseek-chat", messages: [{ role: "user", content }], stream: true });
  let at = Number.NaN;
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    if (Number.isNaN(at) && response.status === 200 && decoder.decode(bytes).includes('"content":"')) {
      at = performance.now() - began;
    }
  }
  return at;
}

async function enqueue(url: string, name: string): Promise<void> {
  const messages = [{ role: "user", content: `job ${name}` }];
  const response = await post(url, { model: "deepseek-chat", messages }, { prefer: "respond-async" });
  if (response.status !== 202) throw new Error(`A job was not accepted: ${response.status}.`);
  await response.text();
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Jobs that have not ended. */
async function waiting(url: string): Promise<number> {
  let open = 0;
  for (const status of ["queued", "running"]) {
    const response = await fetch(`${url}/v1/jobs?limit=1&status=${status}`);
    open += ((await response.json()) as { data: unknown[] }).data.length;
  }
  return open;
}

function account(times: readonly number[]) {
  const came = times.filter((ms) => !Number.isNaN(ms));
  return { calls: times.length, failed: times.length - came.length, p95Ms: Math.round(p95(came)) };
}

function p95(times: readonly number[]): number {
  const came = times.filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
  return came[Math.floor(came.length * 0.95)] ?? Number.NaN;
}

function laterPercent(beside: readonly number[], alone: readonly number[]): number {
  return Math.round((p95(beside) / p95(alone) - 1) * 1_000) / 10;
}

const DRAWS = 1_000;

/** The bootstrap (Efron 1979): how much the result would differ from one measurement to the next. */
function likely(beside: readonly number[], alone: readonly number[]): readonly [number, number] {
  const draw = (times: readonly number[]) => times.map(() => times[Math.floor(Math.random() * times.length)] ?? 0);
  const found = Array.from({ length: DRAWS }, () => laterPercent(draw(beside), draw(alone))).toSorted((a, b) => a - b);
  return [found[DRAWS * 0.05] ?? Number.NaN, found[DRAWS * 0.95] ?? Number.NaN];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
