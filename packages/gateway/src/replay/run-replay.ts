import { type Clock, type JsonObject, type Random, sleep } from "tideover/engine";
import { makeRequest } from "./make-request.ts";
import type { Observation } from "./observation.ts";
import { type ReplaySummary, Tally, type Verdict } from "./tally.ts";
import type { Trace } from "./trace.ts";

/** Requests that may be open at a time, below the sockets of the transport; more wait, and their times count on. */
const MOST_OPEN = 4_000;

/** What to replay, and how. */
export interface ReplayOptions {
  readonly trace: Trace;
  /** How much faster than recorded requests come: 2 halves the time between them. */
  readonly speed: number;
  /** Share of the requests that ask for a stream, 0 to 1. */
  readonly streamShare: number;
  readonly model: string;
  readonly clock: Clock;
  /** Decides which requests ask for a stream. */
  readonly random: Random;
  /** Sends a request that is due at a time of the clock, and reads its answer. Must not reject. */
  readonly send: (body: JsonObject, dueAt: number) => Promise<Observation>;
  /** Compares an answer with what it should be. */
  readonly judge: (body: JsonObject, observation: Observation) => Verdict;
  /** Stops sending; what is open is left to `send`. */
  readonly stop: AbortSignal;
  /** Test seam: the most requests that may be open. */
  readonly mostOpen?: number;
}

/** How far a replay is. */
export interface ReplayProgress {
  readonly sent: number;
  readonly open: number;
  readonly elapsedMs: number;
}

/** How a replay went. */
export interface ReplayResult extends ReplaySummary {
  readonly elapsedMs: number;
  readonly mostOpen: number;
}

/** Sends a trace's requests at their times and counts what becomes of them. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #tally = new Tally();
  readonly #open = new Set<Promise<void>>();
  readonly #startedAt: number;
  #sent = 0;
  #mostOpen = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  get progress(): ReplayProgress {
    return { sent: this.#sent, open: this.#open.size, elapsedMs: this.#elapsedMs() };
  }

  /** Resolves once every request has ended. @throws what reading the trace throws, after what is open has ended. */
  async run(): Promise<ReplayResult> {
    try {
      await this.#sendAll();
    } finally {
      await Promise.all(this.#open);
    }
    return { ...this.#tally.summary, elapsedMs: this.#elapsedMs(), mostOpen: this.#mostOpen };
  }

  async #sendAll(): Promise<void> {
    const { trace, speed, clock, stop, model, random, streamShare, mostOpen = MOST_OPEN } = this.#options;
    for await (const entry of trace) {
      const dueAt = this.#startedAt + entry.atMs / speed;
      if (!(await this.#until(dueAt))) return;
      while (this.#open.size >= mostOpen) await Promise.race(this.#open);
      if (stop.aborted) return;
      const body = makeRequest(entry, this.#sent++, { model, stream: random.next() < streamShare });
      const exchange: Promise<void> = this.#exchange(body, dueAt, clock.now() - dueAt).finally(() =>
        this.#open.delete(exchange),
      );
      this.#open.add(exchange);
      this.#mostOpen = Math.max(this.#mostOpen, this.#open.size);
    }
  }

  /** @returns whether the time came before the stop. */
  async #until(dueAt: number): Promise<boolean> {
    const { clock, stop } = this.#options;
    const waitMs = dueAt - clock.now();
    return waitMs <= 0 ? !stop.aborted : sleep(clock, waitMs, stop);
  }

  async #exchange(body: JsonObject, dueAt: number, sendLagMs: number): Promise<void> {
    const { send, judge } = this.#options;
    const observation = await send(body, dueAt);
    this.#tally.add(observation, judge(body, observation), sendLagMs);
  }

  #elapsedMs(): number {
    return this.#options.clock.now() - this.#startedAt;
  }
}
