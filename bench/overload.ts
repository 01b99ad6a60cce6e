/**
 * What callers get from a gateway that is asked for more than it can serve: streams of 20 events a second, at what one
 * core bears and at multiples of that, with load shedding and without. Accepted streams must stay smooth, and the rest be
 * refused at once.
 *
 * `node --conditions=tideover-source bench/overload.ts [--streams 1000,2000,4000] [--seconds 10] [--sources]` prints one
 * JSON object for each. Every stream that ends is followed by another; who is refused asks again after a second.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
/** How long the gateway has to find out what it bears, in lives of a stream. */
const SETTLING = 2;
/** How long a start may take, in ms. */
const START_MS = 30_000;

/** What so many streams at once gave. */
class Crowd {
  readonly #system: RunningSystem;
  readonly #request: Buffer;
  readonly #connections: Connection[] = [];
  #stopped = false;
  delay = new Samples();
  refusal = new Samples();
  whole = 0;
  broken = 0;
  firstBroken: string | undefined;

  constructor(system: RunningSystem) {
    this.#system = system;
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
      onEvent: (delayMs) => this.delay.add(delayMs),
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

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000,2000,4000" },
    seconds: { type: "string", default: "10" },
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
  const crowd = new Crowd(system);
  try {
    if (name !== "direct") await untilListening(system);
    await crowd.open(streams);
    await pause(SETTLING * STREAM_MS);
    crowd.reset();
    const seconds = Number(values.seconds);
    await pause(seconds * 1_000);
    const { delay, refusal, whole, broken, firstBroken } = crowd;
    const ms = (samples: Samples, share: number) => Math.round(samples.percentile(share) * 10) / 10;
    const report = {
      ...{
        system: name,
        shedding: name === "direct" ? undefined : around.shedding,
        streams,
        seconds,
        form: around.form,
      },
      served: Math.round(delay.count / seconds / (1_000 / EVENT_INTERVAL_MS)),
      delayMs: { p50: ms(delay, 0.5), p99: ms(delay, 0.99) },
      ...{ whole, broken, refused: refusal.count },
      refusalMs: { p50: ms(refusal, 0.5), p99: ms(refusal, 0.99) },
      ...(firstBroken === undefined ? {} : { firstBroken }),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
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
