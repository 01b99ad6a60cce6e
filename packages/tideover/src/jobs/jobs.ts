import type { Clock } from "../engine/clock.ts";
import type { Job, JobCounts } from "../engine/ports/job.ts";
import type { JobQueue } from "../engine/ports/job-queue.ts";
import type { JobListing, JobPage, JobStore } from "../engine/ports/job-store.ts";
import type { TicketDesk } from "../engine/ports/ticket-desk.ts";
import type { IdSource, Random } from "../engine/random.ts";
import { EXPIRES_MS, IDEMPOTENCY_MS, KEEP_MS } from "./defaults.ts";
import { DrainRate } from "./drain-rate.ts";
import { JobBoard } from "./job-board.ts";
import { JobDesk } from "./job-desk.ts";
import type { EmitJobEvent } from "./job-event.ts";
import { JobKeeper } from "./job-keeper.ts";
import { type JobRoute, WorkerPool } from "./worker-pool.ts";

/** What the jobs of one process are made from. */
export interface JobsParts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly hash: (bytes: Uint8Array) => string;
  /** Names this process among those that share the store; another one for each start. */
  readonly owner: string;
  /** The route of a model, as it is configured now. */
  findRoute(model: string): JobRoute | undefined;
  readonly keepMs?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly share?: number | undefined;
  readonly emit?: EmitJobEvent | undefined;
  /** Where whoever has the link may read a job. Absent: links are not signed. */
  readonly link?: ((job: Job) => string) | undefined;
  /** See `KeeperParts.announce`. */
  readonly announce?: ((ended: readonly Job[]) => Promise<readonly string[]>) | undefined;
}

/** All that is done with jobs in one process: calls become jobs, workers answer them, and callers ask for them. */
export class Jobs {
  readonly desk: TicketDesk;
  readonly store: JobStore;
  readonly rate: DrainRate;
  readonly #parts: JobsParts;
  readonly #pool: WorkerPool;
  readonly #keeper: JobKeeper;
  readonly #board = new JobBoard();

  constructor(parts: JobsParts) {
    this.#parts = parts;
    this.store = parts.store;
    this.rate = new DrainRate(parts.clock);
    const keepMs = parts.keepMs ?? KEEP_MS;
    const changed = (id: string) => this.#board.changed(id);
    const emit: EmitJobEvent = (event) => {
      if (event.type === "job-ended") {
        this.rate.note();
        this.#keeper.hurry();
      }
      parts.emit?.(event);
    };
    this.#pool = new WorkerPool({ ...parts, keepMs, emit, changed });
    this.#keeper = new JobKeeper({ ...parts, keepMs, emit, changed });
    const follow = (id: string, callback: () => void) => this.#board.follow(id, callback);
    // An answer under a key is kept as long as the key.
    const once = { ...parts, keepMs: IDEMPOTENCY_MS, emit, changed, follow };
    this.desk = new JobDesk({ ...parts, emit, rate: this.rate, pool: this.#pool, once });
  }

  /** Jobs that this process works on now. */
  get busy(): number {
    return this.#pool.busy;
  }

  /**
   * Begins to keep the jobs in order and, unless told otherwise, to work on them.
   * @param works false where other processes are the workers
   */
  start({ works = true }: { readonly works?: boolean } = {}): void {
    this.#keeper.start();
    if (works) this.#pool.start();
  }

  /** Takes no more, lets what runs finish for `graceMs`, then gives it back to the queue. */
  async stop(graceMs: number): Promise<void> {
    await this.#pool.stop(graceMs);
    await this.#keeper.stop();
  }

  /** A tenant's job. */
  find(id: string, tenant?: string): Promise<Job | undefined> {
    return this.store.find(id, tenant);
  }

  list(listing: JobListing): Promise<JobPage> {
    return this.store.list(listing);
  }

  counts(tenant?: string): Promise<JobCounts> {
    return this.store.counts(tenant);
  }

  /** Cancels a tenant's job; work on it in this process ends at once, elsewhere with the next sign of life. */
  async cancel(id: string, tenant?: string): Promise<Job | undefined> {
    const now = this.#parts.clock.wallTime();
    const job = await this.store.cancel(id, { now, keptUntil: now + (this.#parts.keepMs ?? KEEP_MS) }, tenant);
    if (job?.state === "cancelled") this.#pool.cancelled(id);
    if (job !== undefined) this.#board.changed(id);
    this.#keeper.hurry();
    return job;
  }

  /** Queues a tenant's failed or expired job anew. */
  async redrive(id: string, tenant?: string): Promise<Job | undefined> {
    const now = this.#parts.clock.wallTime();
    const known = await this.store.find(id, tenant);
    if (known === undefined) return undefined;
    const livesMs = Math.max(known.expiresAt - known.createdAt, EXPIRES_MS);
    const job = await this.store.redrive(id, { now, expiresAt: now + livesMs }, tenant);
    if (job?.state === "queued") await this.#parts.queue.publish([{ id, priority: job.priority }]);
    this.#board.changed(id);
    return job;
  }

  /** Calls back when a job changes in this process, until the returned function is called. */
  follow(id: string, callback: () => void): () => void {
    return this.#board.follow(id, callback);
  }
}
