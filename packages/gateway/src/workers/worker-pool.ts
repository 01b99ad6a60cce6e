import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import type { ResolvedConfig } from "tideover/config";
import type { Clock, Timer } from "tideover/engine";
import type { Log } from "../logging/index.ts";
import { type RunningServer, ServerStartError } from "../server/index.ts";
import { Bus } from "./bus.ts";
import {
  FIRST_PAUSE_MS,
  LAST_WORDS_MS,
  LONGEST_PAUSE_MS,
  MOST_SILENT_REPORTS,
  PROVEN_MS,
  REPORT_MS,
  START_BOUND_MS,
} from "./defaults.ts";
import {
  type Listening,
  NOTES,
  type StartFailure,
  WORKER_VARIABLE,
  type WorkerReport,
  type WorkerStart,
} from "./worker-messages.ts";

/** What workers are started with and told. */
export interface WorkerPoolParts {
  readonly count: number;
  readonly clock: Clock;
  readonly log: Log;
  /** What a worker that starts now is started with; it is asked again for each, so that late ones get what is in force. */
  startOf(slot: number): WorkerStart;
  /** Told of the pool before its first worker runs, so that workers can be told of each other. */
  onStart(pool: WorkerPool): void;
  /** Offers a new worker what the primary keeps. @returns what is to be done when it is gone */
  attach(slot: number, bus: Bus): () => void;
}

/**
 * The command's own program, built or from sources as this process is: as a worker it knows itself by its environment.
 */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../bin/tideover.js" : "../cli/main.js", import.meta.url),
);

interface Place {
  readonly slot: number;
  worker: Worker | undefined;
  bus: Bus | undefined;
  inFlight: number;
  silentReports: number;
  /** How many in a row ended early. */
  earlyEnds: number;
  cut: number;
}

/**
 * Processes that serve one port together. The primary holds the listening socket and hands each new connection to the
 * next worker in turn; from then on the bytes are the worker's alone. A worker that ends is replaced, after a pause that
 * grows while its successors end early, too; the streams of the others never notice.
 */
export class WorkerPool implements RunningServer {
  readonly #parts: WorkerPoolParts;
  readonly #places: readonly Place[];
  readonly #watch: NodeJS.Timeout;
  #url = "";
  #port = 0;
  #stopping = false;
  #closing: Promise<{ readonly cut: number }> | undefined;
  #cutNow: (() => void) | undefined;

  /**
   * Starts the workers and waits until all of them listen.
   * @throws ServerStartError when they cannot; what a worker says of its configuration as an error of its name
   */
  static async start(parts: WorkerPoolParts): Promise<WorkerPool> {
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({ exec: PROGRAM, args: [], serialization: "advanced" });
    const pool = new WorkerPool(parts);
    parts.onStart(pool);
    try {
      await Promise.all(pool.#places.map((place) => pool.#begin(place)));
    } catch (error) {
      await pool.close(0);
      throw error;
    }
    return pool;
  }

  private constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
    this.#places = Array.from({ length: parts.count }, (_, slot) => ({
      ...{ slot, worker: undefined, bus: undefined, inFlight: 0, silentReports: 0, earlyEnds: 0, cut: 0 },
    }));
    this.#watch = setInterval(() => this.#killHung(), REPORT_MS).unref();
  }

  get url(): string {
    return this.#url;
  }

  get port(): number {
    return this.#port;
  }

  inFlight(): number {
    return this.#places.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /** Process ids of the workers that are there now. */
  pids(): number[] {
    return this.#places.flatMap(({ worker }) => worker?.process.pid ?? []);
  }

  /** Tells every worker, but for one. */
  tell(topic: string, data: unknown, exceptSlot?: number): void {
    for (const { slot, bus } of this.#places) if (slot !== exceptSlot) bus?.note(topic, data);
  }

  /** Tells one worker. */
  tellOne(slot: number, topic: string, data: unknown): void {
    this.#places[slot]?.bus?.note(topic, data);
  }

  /** Asks every worker; those that are gone, or do not answer, are left out. */
  async askAll(port: string, method: string, args: readonly unknown[]): Promise<unknown[]> {
    const asked = this.#places.flatMap(({ bus }) => (bus === undefined ? [] : [bus.call(port, method, args)]));
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  }

  /** Puts another configuration in force for the calls that come from now on, in every worker. */
  reload(config: ResolvedConfig): void {
    this.tell(NOTES.reload, config);
  }

  close(graceMs: number): Promise<{ readonly cut: number }> {
    if (this.#closing === undefined) this.#closing = this.#drain(graceMs);
    else if (graceMs === 0) this.#cutNow?.();
    return this.#closing;
  }

  /** Starts a worker in a place; resolves when it listens. */
  #begin(place: Place): Promise<void> {
    const { clock } = this.#parts;
    const worker = cluster.fork({ [WORKER_VARIABLE]: String(place.slot) });
    const bus = new Bus({ send: (message) => worker.isConnected() && sendTo(worker, message) }, clock);
    const detach = this.#parts.attach(place.slot, bus);
    Object.assign(place, { worker, bus, inFlight: 0, silentReports: 0 });
    const startedAt = clock.now();
    worker.on("message", (message: unknown) => bus.receive(message));
    bus.on(NOTES.hello, () => bus.note(NOTES.start, this.#parts.startOf(place.slot)));
    bus.on(NOTES.report, (report) => {
      place.inFlight = (report as WorkerReport).inFlight;
      place.silentReports = 0;
    });
    bus.on(NOTES.drained, (cut) => {
      place.cut = cut as number;
    });
    // A channel that broke says so before the process has ended, and again when it has.
    worker.on("error", () => undefined);
    return new Promise((resolve, reject) => {
      const timer = clock.schedule(START_BOUND_MS, () => {
        worker.process.kill("SIGKILL");
        reject(startError(`Worker ${place.slot} did not listen within ${START_BOUND_MS / 1_000} s.`));
      });
      bus.on(NOTES.listening, (data) => {
        timer.cancel();
        const { url, port } = data as Listening;
        this.#url = url;
        this.#port = port;
        resolve();
      });
      bus.on(NOTES.failed, (data) => {
        const { name, message } = data as StartFailure;
        reject(name === "ServerStartError" ? startError(message) : Object.assign(new Error(message), { name }));
      });
      worker.once("exit", (code: number | null, signal: string | null) => {
        timer.cancel();
        reject(startError(`Worker ${place.slot} ended with ${signal ?? `code ${code}`} before it listened.`));
        bus.close();
        detach();
        Object.assign(place, { worker: undefined, bus: undefined, inFlight: 0 });
        this.#onEnd(place, clock.now() - startedAt, signal ?? `code ${code}`);
      });
    });
  }

  #onEnd(place: Place, livedMs: number, how: string): void {
    const { clock, log } = this.#parts;
    // Before the pool has its address, the start as a whole has failed.
    if (this.#stopping || this.#port === 0) return;
    place.earlyEnds = livedMs >= PROVEN_MS ? 0 : place.earlyEnds + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, place.earlyEnds - 1));
    log.error(
      { event: "worker-ended", worker: place.slot, how, livedMs: Math.round(livedMs), pauseMs },
      `Worker ${place.slot} ended with ${how}; another takes its place. The other workers go on.`,
    );
    clock.schedule(pauseMs, () => {
      if (this.#stopping) return;
      this.#begin(place).then(
        () => log.info({ event: "worker-replaced", worker: place.slot }, `Worker ${place.slot} serves again.`),
        (error: unknown) => log.error({ event: "worker-failed", worker: place.slot, error }, "A worker did not start."),
      );
    });
  }

  /** A worker that says nothing for half a minute hangs: its streams are lost already, and it would keep its turn. */
  #killHung(): void {
    for (const place of this.#places) {
      if (place.worker === undefined || this.#stopping) continue;
      place.silentReports++;
      if (place.silentReports < MOST_SILENT_REPORTS) continue;
      place.silentReports = 0;
      this.#parts.log.error({ event: "worker-hung", worker: place.slot }, `Worker ${place.slot} hangs and is killed.`);
      place.worker.process.kill("SIGKILL");
    }
  }

  async #drain(graceMs: number): Promise<{ readonly cut: number }> {
    this.#stopping = true;
    clearInterval(this.#watch);
    const workers = this.#places.flatMap(({ worker }) => worker ?? []);
    const ended = Promise.all(
      workers.map((worker) => new Promise<void>((resolve) => worker.once("exit", () => resolve()))),
    );
    this.tell(NOTES.drain, graceMs);
    const kill = () => {
      for (const worker of workers) worker.process.kill("SIGKILL");
    };
    let timer: Timer = this.#parts.clock.schedule(graceMs + LAST_WORDS_MS, kill);
    this.#cutNow = () => {
      this.tell(NOTES.drain, 0);
      timer.cancel();
      timer = this.#parts.clock.schedule(LAST_WORDS_MS, kill);
    };
    await ended;
    timer.cancel();
    this.#cutNow = undefined;
    return { cut: this.#places.reduce((sum, { cut }) => sum + cut, 0) };
  }
}

function sendTo(worker: Worker, message: object): boolean {
  // False only says that much is on its way already; it arrives all the same.
  worker.send(message, () => undefined);
  return true;
}

function startError(message: string): ServerStartError {
  return new ServerStartError("WORKER", message, undefined);
}
