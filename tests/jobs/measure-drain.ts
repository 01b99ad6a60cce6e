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
/** How long live calls are watched without jobs, before and after, so that what else the machine does strikes both; and how long the provider is out, in ms. */
const ALONE_MS = 80_000;
const OUTAGE_MS = 15_000;
const WARM_UP_MS = 10_000;
/** How long it may take until callers are answered live again, in ms; what comes before is the outage's. */
const BACK_MS = 40_000;
const JOBS = 200;
const AT_ONCE = 8;

/** What live callers met, with and without jobs; times in ms. */
export interface DrainMeasurement {
  readonly alone: { readonly calls: number; readonly failed: number; readonly p95Ms: number };
  readonly beside: { readonly calls: number; readonly failed: number; readonly p95Ms: number };
  /** How much later the 95th percentile of first tokens is while jobs drain, in percent. */
  readonly laterPercent: number;
  readonly jobs: number;
  readonly drainSeconds: number;
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
    const watchAlone = () => watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= ALONE_MS));
    // The first calls of a process pay for its start.
    await watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= WARM_UP_MS));
    const before = await watchAlone();
    say(`alone: ${before.length} live calls`);
    upstream.model.setProfile("outage");
    for (let number = 0; number < JOBS; number += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => enqueue(url, number + at)));
    }
    await pause(OUTAGE_MS);
    upstream.model.setProfile("calm");
    await watch(url, (elapsedMs) => Promise.resolve(elapsedMs >= BACK_MS));
    say("the provider is back");
    const began = performance.now();
    const beside = await watch(url, async () => (await waiting(url)) === 0);
    const drainSeconds = Math.round((performance.now() - began) / 1_000);
    const alone = [...before, ...(await watchAlone())];
    const [without, along] = [account(alone), account(beside)];
    const laterPercent = Math.round((along.p95Ms / without.p95Ms - 1) * 1_000) / 10;
    return { alone: without, beside: along, laterPercent, jobs: JOBS, drainSeconds };
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

async function enqueue(url: string, number: number): Promise<void> {
  const messages = [{ role: "user", content: `job ${number}` }];
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
  const came = times.filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
  const p95Ms = Math.round(came[Math.floor(came.length * 0.95)] ?? Number.NaN);
  return { calls: times.length, failed: times.length - came.length, p95Ms };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
