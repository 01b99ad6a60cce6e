/**
 * What callers get from a gateway that is asked for more than it can serve: streams of 20 events a second, at what one
 * core bears and at multiples of that, with load shedding and without. Accepted streams must stay smooth, and the rest be
 * refused at once.
 *
 * `node --conditions=tideover-source bench/overload.ts [--streams 1000,2000,4000] [--settle 30] [--seconds 30] [--sources]`
 * prints one JSON object for each. Every stream that ends is followed by another; who is refused asks again after a
 * second.
 *
 * The load generator is one process with one loop, which shares its core with the mock upstream: it can drown before the
 * gateway does. So it watches its own loop. Chunks carry the time of their sending, taken by the upstream when it really
 * writes them, so that an upstream that is late makes none late; but a chunk is seen only when this loop gets to it. What
 * is measured while this loop is late is therefore counted apart, and where that is much the figures are no result.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Connection, requestBytes } from "./connection.ts";
import { EVENT_INTERVAL_MS, EVENTS_PER_STREAM, requestBody } from "./payloads.ts";
import { canPin, pinThisProcess } from "./processes.ts";
import { pause, Samples } from "./samples.ts";
import { StreamWatcher } from "./stream-watcher.ts";
import { isBuilt, type RunningSystem, type Surroundings, startSystem } from "./systems.ts";

const UPSTREAM = fileURLToPath(new URL("upstream.ts", import.meta.url));
/** Life of one stream, in ms. */
const STREAM_MS = EVENT_INTERVAL_MS * EVENTS_PER_STREAM;
/** Before who was refused asks again, in ms. */
const AGAIN_MS = 1_000;
/** Between two looks at the loop of this process, in ms. */
const LOOK_MS = 5;
/** From this delay of its loop on (ms), what this process sees says nothing of the gateway. */
const OWN_DELAY_MS = 10;
/** More than this share of the events seen while this loop was late makes a run no result. */
const MOST_BLURRED = 0.05;
/** How long a start may take, in ms. */
const START_MS = 30_000;

/** What so many streams at once gave. */
class Crowd {
  readonly #own: OwnLoop;
  readonly #system: RunningSystem;
  readonly #request: Buffer;
  readonly #connections: Connection[] = [];
  #stopped = false;
  delay = new Samples();
  /** Events that came while this process was late itself. */
  blurred = 0;
  refusal = new Samples();
  whole = 0;
  broken = 0;
  firstBroken: string | undefined;

  constructor(system: RunningSystem, own: OwnLoop) {
    this.#system = system;
    this.#own = own;
    this.#request = requestBytes(system, requestBody("paced", true));
  }

  /** Opens them evenly over the life of one, so that as many end as begin at any time. */
  async open(streams: number): Promise<void> {
    const startedAt = performance.now();
    for (let opened = 0; opened < streams; opened++) {
      const wait = startedAt + (opened * STREAM_MS) / streams - performance.now();
      if (wait > 1) await pause(wait);
      const connection = new Connection(this.#system);
      this.#connections.push(connection);
      this.#run(connection);
    }
  }

  /** Forgets what was measured. */
  reset(): void {
    this.delay = new Samples();
    this.blurred = 0;
    this.refusal = new Samples();
    this.whole = 0;
    this.broken = 0;
  }

  stop(): void {
    this.#stopped = true;
    for (const connection of this.#connections) connection.destroy();
  }

  #run(connection: Connection): void {
    if (this.#stopped) return;
    const startedAt = performance.now();
    const watcher = new StreamWatcher({
      onEvent: (delayMs) => {
        if (this.#own.isLate()) this.blurred++;
        else this.delay.add(delayMs);
      },
      onEnded: (flaw) => {
        if (this.#stopped) return;
        if (flaw === undefined) {
          this.whole++;
          this.#run(connection);
          return;
        }
        if (flaw.startsWith("Status 503")) this.refusal.add(performance.now() - startedAt);
        else {
          this.broken++;
          this.firstBroken ??= flaw;
        }
        setTimeout(() => this.#run(connection), AGAIN_MS);
      },
    });
    connection.send(this.#request, watcher);
  }
}

/** The event loop of this process, which must not be taken for the gateway's. */
class OwnLoop {
  readonly #timer: NodeJS.Timeout;
  #dueAt = performance.now() + LOOK_MS;
  #since = performance.eventLoopUtilization();
  #lateUntil = 0;
  delay = new Samples();

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      const delayMs = Math.max(0, now - this.#dueAt);
      this.#dueAt = now + LOOK_MS;
      this.delay.add(delayMs);
      // What has piled up meanwhile is read after this timer, in the same turn and the next.
      if (delayMs > OWN_DELAY_MS) this.#lateUntil = now + delayMs;
    }, LOOK_MS);
  }

  /** Whether what comes now has waited for this process. */
  isLate(): boolean {
    const now = performance.now();
    return now < this.#lateUntil || now - this.#dueAt > OWN_DELAY_MS;
  }

  busyShare(): number {
    return performance.eventLoopUtilization(this.#since).utilization;
  }

  reset(): void {
    this.delay = new Samples();
    this.#since = performance.eventLoopUtilization();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000,2000,4000" },
    settle: { type: "string", default: "30" },
    seconds: { type: "string", default: "30" },
    sources: { type: "boolean", default: false },
  },
});
const pinned = canPin();
if (pinned) pinThisProcess();
const folder = mkdtempSync(join(tmpdir(), "tideover-overload-"));
const upstream = spawn(process.execPath, [UPSTREAM], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const upstreamPort = await new Promise<number>((resolve, reject) => {
    upstream.stdout.once("data", (text: Buffer) => resolve((JSON.parse(text.toString()) as { port: number }).port));
    upstream.once("exit", () => reject(new Error("The mock upstream did not start.")));
  });
  const form = values.sources || !isBuilt() ? "sources" : "built";
  const around = { upstreamPort, folder, peersFolder: folder, pinned, form, profileFolder: undefined } as const;
  for (const streams of values.streams.split(",").map(Number)) {
    await measure("direct", streams, around);
    for (const shedding of ["off", "{ delay: 20ms }"]) await measure("tideover", streams, { ...around, shedding });
  }
} finally {
  upstream.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: "direct" | "tideover", streams: number, around: Surroundings): Promise<void> {
  const system = await startSystem(name, around);
  const own = new OwnLoop();
  const crowd = new Crowd(system, own);
  try {
    if (name !== "direct") await untilListening(system);
    await crowd.open(streams);
    await pause(Number(values.settle) * 1_000);
    crowd.reset();
    own.reset();
    const seconds = Number(values.seconds);
    const cpu = system.process?.cpuSeconds() ?? Number.NaN;
    await pause(seconds * 1_000);
    const { delay, blurred, refusal, whole, broken, firstBroken } = crowd;
    const seen = delay.count + blurred;
    const ms = (samples: Samples, share: number) => Math.round(samples.percentile(share) * 10) / 10;
    const report = {
      ...{
        system: name,
        shedding: name === "direct" ? undefined : around.shedding,
        streams,
        seconds,
        form: around.form,
      },
      served: Math.round(seen / seconds / (1_000 / EVENT_INTERVAL_MS)),
      ...(system.process === undefined ? {} : { coreShare: round((system.process.cpuSeconds() - cpu) / seconds) }),
      delayMs: { p50: ms(delay, 0.5), p99: ms(delay, 0.99) },
      ...{ whole, broken, refused: refusal.count },
      refusalMs: { p50: ms(refusal, 0.5), p99: ms(refusal, 0.99) },
      generator: { busyShare: round(own.busyShare()), delayMs: { p99: ms(own.delay, 0.99) } },
      blurred: round(blurred / seen),
      ...(blurred > seen * MOST_BLURRED
        ? { noResult: "The load generator was late itself: fewer streams, or more cores." }
        : {}),
      ...(firstBroken === undefined ? {} : { firstBroken }),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
    own.stop();
    crowd.stop();
    await system.stop();
  }
}

async function untilListening({ port }: RunningSystem): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer !== undefined) return void (await answer.arrayBuffer());
    if (performance.now() > until) throw new Error("The system did not start.");
    await pause(50);
  }
}
