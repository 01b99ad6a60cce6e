import { type Clock, sleep } from "../engine/clock.ts";
import type { Job } from "../engine/ports/job.ts";
import type { JobQueue } from "../engine/ports/job-queue.ts";
import type { JobStore } from "../engine/ports/job-store.ts";
import { LOST_DELAYS_MS, MOST_DELIVERIES, REPUBLISH_MS, SWEEP_LIMIT, SWEEP_MS } from "./defaults.ts";
import type { EmitJobEvent } from "./job-event.ts";

/** Most pages of jobs that a queue is told of in one round. */
const MOST_PAGES = 20;

/** What the keeper needs. */
export interface KeeperParts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly keepMs: number;
  readonly emit?: EmitJobEvent | undefined;
  /** A job of this process has changed. */
  changed(id: string): void;
  /**
   * Told of jobs that have ended, at least once each, in the order of their ends. What it resolves with is the ids that
   * need not be told again.
   */
  readonly announce?: ((ended: readonly Job[]) => Promise<readonly string[]>) | undefined;
}

/** Keeps the jobs in order beside the workers: expiry, lost leases, lost messages, announcements, forgetting. */
export class JobKeeper {
  readonly #parts: KeeperParts;
  #stop = new AbortController();
  #loop: Promise<void> | undefined;
  #hurry: (() => void) | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#stop = new AbortController();
    this.#loop = this.#run();
  }

  /** Something has ended: the next round begins at once. */
  hurry(): void {
    this.#hurry?.();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#hurry?.();
    await this.#loop;
    this.#loop = undefined;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.round();
      const wait = new AbortController();
      this.#hurry = () => wait.abort();
      if (!this.#stop.signal.aborted) await sleep(this.#parts.clock, SWEEP_MS, wait.signal);
      this.#hurry = undefined;
    }
  }

  /** Everything once. Never rejects. */
  async round(): Promise<void> {
    await this.#try("sweep", () => this.#sweep());
    await this.#try("publish", () => this.#publish());
    await this.#try("announce", () => this.#announce());
    await this.#try("purge", async () => {
      await this.#parts.store.purge({ now: this.#parts.clock.wallTime(), limit: SWEEP_LIMIT });
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, keepMs, emit, changed } = this.#parts;
    const now = clock.wallTime();
    const { expired, requeued, deadLettered } = await store.sweep({
      now,
      keptUntil: now + keepMs,
      limit: SWEEP_LIMIT,
      maxDeliveries: MOST_DELIVERIES,
      delaysMs: LOST_DELAYS_MS,
    });
    const swept = [...expired, ...requeued, ...deadLettered];
    for (const id of swept) changed(id);
    if (swept.length === 0) return;
    const [e, r, d] = [expired.length, requeued.length, deadLettered.length];
    emit?.({ type: "jobs-swept", expired: e, requeued: r, deadLettered: d });
  }

  /** Tells the queue of what it was not told of, or may have forgotten. A store that chooses the job needs none of it. */
  async #publish(): Promise<void> {
    const { store, queue, clock } = this.#parts;
    if (queue.order === "store") return;
    // After an outage of the broker there may be many: as long as it takes them, they are not made to wait.
    for (let pages = 0; pages < MOST_PAGES && !this.#stop.signal.aborted; pages++) {
      const now = clock.wallTime();
      const notices = await store.unpublished({ now, before: now - REPUBLISH_MS, limit: SWEEP_LIMIT });
      if (notices.length === 0) return;
      const taken = await queue.publish(notices);
      if (taken.length > 0) await store.published(taken, now);
      if (notices.length < SWEEP_LIMIT || taken.length < notices.length) return;
    }
  }

  async #announce(): Promise<void> {
    const { store, announce } = this.#parts;
    const ended = await store.unannounced(SWEEP_LIMIT);
    if (ended.length === 0) return;
    const told = announce === undefined ? ended.map(({ id }) => id) : await announce(ended);
    if (told.length > 0) await store.announced(told);
  }

  async #try(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.emit?.({ type: "job-store-failed", doing, error });
    }
  }
}
