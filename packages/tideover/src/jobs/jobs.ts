import type { Call } from "../engine/call.ts";
import type { Clock } from "../engine/clock.ts";
import type { Job, JobCounts, JobResult } from "../engine/ports/job.ts";
import type { JobQueue } from "../engine/ports/job-queue.ts";
import type { JobListing, JobPage, JobStore } from "../engine/ports/job-store.ts";
import type { TicketDesk } from "../engine/ports/ticket-desk.ts";
import type { IdSource, Random } from "../engine/random.ts";
import { answerByHand, type ByHand } from "./answer-by-hand.ts";
import { EXPIRES_MS, IDEMPOTENCY_MS, KEEP_MS, LEASE_MS, SWEEP_LIMIT } from "./defaults.ts";
import { DrainRate } from "./drain-rate.ts";
import { JobBoard } from "./job-board.ts";
import { JobDesk } from "./job-desk.ts";
import type { EmitJobEvent } from "./job-event.ts";
import { JobKeeper } from "./job-keeper.ts";
import { fingerprintBytes, liveJobOf } from "./job-request.ts";
import { type StreamLog, StreamLogs } from "./stream-logs.ts";
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
  readonly #streams: StreamLogs;

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
    const once = { ...parts, keepMs: IDEMPOTENCY_MS, emit, changed, follow, asking: new WeakMap() };
    this.#streams = new StreamLogs(parts.clock, changed);
    this.desk = new JobDesk({ ...parts, emit, rate: this.rate, pool: this.#pool, once, streams: this.#streams });
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

  /** The bytes of a job's request, as they were kept. */
  request(id: string): Promise<Uint8Array | undefined> {
    return this.store.request(id);
  }

  /** The chunks of an answer that this process makes as a job, or made a moment ago. */
  streamOf(id: string): StreamLog | undefined {
    return this.#streams.find(id);
  }

  /**
   * Keeps an answer that was given, under the identifier that its call names, so that it can be fetched.
   * @returns whether it is kept
   */
  async keep(call: Omit<Call, "signal">, result: JobResult): Promise<boolean> {
    const { store, clock, owner, hash, keepMs = KEEP_MS } = this.#parts;
    const { jobId: id } = call;
    if (id === undefined) return false;
    const now = clock.wallTime();
    const facts = { id, now, fingerprint: hash(fingerprintBytes(call.request)) };
    try {
      const job = liveJobOf({ ...call, idempotencyKey: undefined }, facts, keepMs);
      const accepted = await store.accept(job, { owner, until: now + LEASE_MS });
      if (accepted.type !== "accepted" || accepted.hold === undefined) return false;
      return await store.complete(accepted.hold, result, { now, keptUntil: now + keepMs });
    } catch (error) {
      this.#parts.emit?.({ type: "job-store-failed", doing: "keep", error });
      return false;
    }
  }

  /** Forgets a tenant's job; one that has not ended is cancelled first. False: there is none. */
  async forget(id: string, tenant: string): Promise<boolean> {
    const job = await this.cancel(id, tenant);
    return job !== undefined && (await this.store.forget(id, tenant));
  }

  /**
   * Forgets everything that is kept of a tenant: its jobs, answers under idempotency keys, kept responses. What is under
   * way is cancelled first.
   * @returns how many
   */
  async forgetTenant(tenant: string): Promise<number> {
    let after: string | undefined;
    for (;;) {
      const states = ["queued", "leased", "running"] as const;
      const page = await this.list({ tenant, states, limit: SWEEP_LIMIT, ...(after === undefined ? {} : { after }) });
      // Together, so that a store which groups its commits makes one for the page.
      await Promise.all(page.jobs.map(({ id }) => this.cancel(id, tenant)));
      after = page.jobs.at(-1)?.id;
      if (!page.hasMore || after === undefined) break;
    }
    let forgotten = 0;
    for (;;) {
      const gone = await this.store.forgetTenant(tenant, SWEEP_LIMIT);
      forgotten += gone;
      if (gone < SWEEP_LIMIT) return forgotten;
    }
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

  /** Ends a tenant's waiting or failed job with an answer that a person gave. @throws what the store throws */
  async answerByHand(id: string, tenant: string, result: JobResult): Promise<ByHand> {
    const { keepMs = KEEP_MS, emit, clock } = this.#parts;
    const ended = await answerByHand({ ...this.#parts, keepMs }, id, tenant, result);
    const job = ended === "answered" ? await this.store.find(id, tenant) : undefined;
    if (job !== undefined) {
      emit?.({ type: "job-ended", id, tenant, state: job.state, ms: clock.wallTime() - job.createdAt });
    }
    this.#board.changed(id);
    this.#keeper.hurry();
    return ended;
  }

  /** Calls back when a job changes in this process, until the returned function is called. */
  follow(id: string, callback: () => void): () => void {
    return this.#board.follow(id, callback);
  }
}
