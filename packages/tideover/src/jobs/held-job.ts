import { type Clock, sleep, type Timer } from "../engine/clock.ts";
import { type Failure, failure } from "../engine/failure.ts";
import { atLeastRetryAfter, backoffDelay } from "../engine/kernels/backoff.ts";
import type { Job, JobHold, JobState } from "../engine/ports/job.ts";
import type { JobStore } from "../engine/ports/job-store.ts";
import type { Random } from "../engine/random.ts";
import { HEARTBEAT_MS, LEASE_MS, MOST_DELIVERIES, REDELIVERY, SETTLE_RETRY_MS } from "./defaults.ts";
import type { JobEnding } from "./job-ending.ts";
import type { EmitJobEvent } from "./job-event.ts";

/** What a holder of jobs works with. */
export interface HolderParts {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly random: Random;
  /** How long an ended job is kept, in ms. */
  readonly keepMs: number;
  readonly emit?: EmitJobEvent | undefined;
  /** A job of this process has changed. */
  changed(id: string): void;
}

/** What became of a delivery, as written down: the job's new state, or `dropped` when it is not ours any more. */
export type Settled = Extract<JobState, "succeeded" | "failed" | "queued"> | "dropped";

/**
 * A job in this process's hands: shows signs of life until it is settled, stops the work when the job was cancelled or
 * is not ours any more, and writes down how it ended, once.
 */
export class HeldJob {
  readonly job: Job;
  readonly #hold: JobHold;
  readonly #parts: HolderParts;
  readonly #stopWork: (reason: Failure) => void;
  #until: number;
  #heartbeat: Timer | undefined;
  #dropped: "lease-lost" | "cancelled" | undefined;
  #settled = false;

  /** @param stopWork ends the work on the job; what it comes to is then thrown away */
  constructor(job: Job, hold: JobHold, parts: HolderParts, stopWork: (reason: Failure) => void) {
    this.job = job;
    this.#hold = hold;
    this.#parts = parts;
    this.#stopWork = stopWork;
    this.#until = parts.clock.now() + LEASE_MS;
    this.#beatLater();
  }

  /** The job was cancelled in this very process: nobody needs to wait for the next sign of life. */
  cancelled(): void {
    this.#drop("cancelled");
  }

  /** Work on the job is about to begin. False: it is not to. */
  async start(): Promise<boolean> {
    const { store, clock, emit, changed } = this.#parts;
    const started = await this.#persist("start", () => store.start(this.#hold, clock.wallTime()));
    if (started === true) {
      emit?.({ type: "job-started", id: this.job.id, tenant: this.job.tenant, delivery: this.job.deliveries });
      changed(this.job.id);
      return true;
    }
    this.#drop(started === false ? "cancelled" : "lease-lost");
    this.#end();
    return false;
  }

  /** Writes down how the work ended. Never rejects. */
  async settle(ending: JobEnding): Promise<Settled> {
    const settled = this.#dropped === undefined ? await this.#write(ending) : "dropped";
    this.#end();
    const { emit, clock, changed } = this.#parts;
    const { id, tenant, createdAt, group } = this.job;
    if (this.job.kind === "live") {
      // No job that anybody waits for: it is told nowhere.
    } else if (settled === "succeeded" || settled === "failed") {
      emit?.({ type: "job-ended", id, tenant, state: settled, ms: clock.wallTime() - createdAt, group });
    } else if (settled === "dropped") emit?.({ type: "job-dropped", id, why: this.#dropped ?? "store-unavailable" });
    changed(id);
    return settled;
  }

  /** It came to nothing that is worth keeping: a `live` one is forgotten. Never rejects. */
  async discard(): Promise<void> {
    await this.#persist("discard", () => this.#parts.store.discard(this.#hold));
    this.#end();
    this.#parts.changed(this.job.id);
  }

  #write(ending: JobEnding): Promise<Settled> {
    const { store, clock, keepMs } = this.#parts;
    const now = clock.wallTime();
    const keeping = { now, keptUntil: now + keepMs };
    switch (ending.type) {
      case "answered":
        return this.#settleAs("succeeded", () => store.complete(this.#hold, ending.result, keeping));
      case "refused":
        return this.#settleAs("failed", () => store.fail(this.#hold, ending.error, keeping, ending.result));
      case "stopped":
        return this.#release({ delayMs: 0, counts: false, reason: "stopped" });
      case "unavailable":
        if (ending.broke && this.job.deliveries >= MOST_DELIVERIES) {
          const error = { ...ending.error, deadLetter: true };
          return this.#settleAs("failed", () => store.fail(this.#hold, error, keeping));
        }
        return this.#release({
          delayMs: this.#delayAfter(ending),
          counts: ending.broke,
          reason: ending.error.code,
          error: ending.error,
        });
    }
  }

  #delayAfter({ broke, unfit, retryAfterMs }: Extract<JobEnding, { type: "unavailable" }>): number {
    const { random } = this.#parts;
    // Nothing but another configuration helps a job that no provider can serve: it waits the longest pause.
    const retry = unfit === true ? Number.POSITIVE_INFINITY : broke ? this.job.deliveries : 1;
    return atLeastRetryAfter(backoffDelay(REDELIVERY, retry, 0, random), retryAfterMs, random);
  }

  async #release(release: {
    readonly delayMs: number;
    readonly counts: boolean;
    readonly reason: string;
    readonly error?: Extract<JobEnding, { type: "unavailable" }>["error"];
  }): Promise<Settled> {
    const { store, clock, emit } = this.#parts;
    const { delayMs, counts, reason, error } = release;
    const now = clock.wallTime();
    const back = { now, notBefore: Math.round(now + delayMs), counts, error };
    const settled = await this.#settleAs("queued", () => store.release(this.#hold, back));
    if (settled === "queued") emit?.({ type: "job-released", id: this.job.id, reason, delayMs });
    return settled;
  }

  async #settleAs(state: Settled, write: () => Promise<boolean>): Promise<Settled> {
    const done = await this.#persist(state, write);
    if (done === false) this.#dropped ??= "lease-lost";
    return done === true ? state : "dropped";
  }

  /** Tries again while the store is out and the job is still ours. Undefined: it could not be done. */
  async #persist<T>(doing: string, write: () => Promise<T>): Promise<T | undefined> {
    const { clock, emit } = this.#parts;
    for (const waitMs of [...SETTLE_RETRY_MS, undefined]) {
      try {
        return await write();
      } catch (error) {
        emit?.({ type: "job-store-failed", doing, error });
      }
      if (waitMs === undefined || this.#dropped !== undefined) break;
      await sleep(clock, waitMs, new AbortController().signal);
    }
    return undefined;
  }

  #beatLater(): void {
    this.#heartbeat = this.#parts.clock.schedule(HEARTBEAT_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { store, clock, emit } = this.#parts;
    const beganAt = clock.now();
    try {
      const state = await store.renew(this.#hold, clock.wallTime() + LEASE_MS);
      if (state === "held") this.#until = beganAt + LEASE_MS;
      else if (!this.#settled) this.#drop(state === "cancelled" ? "cancelled" : "lease-lost");
    } catch (error) {
      emit?.({ type: "job-store-failed", doing: "renew", error });
    }
    // Without a word from the store until the lease is over, another worker may have the job by now.
    if (clock.now() >= this.#until) this.#drop("lease-lost");
    if (!this.#settled && this.#dropped === undefined) this.#beatLater();
  }

  #drop(why: "lease-lost" | "cancelled"): void {
    if (this.#settled || this.#dropped !== undefined) return;
    this.#dropped = why;
    this.#heartbeat?.cancel();
    this.#stopWork(failure("cancelled", `job-${why}`, "The job is not wanted from this process any more."));
  }

  #end(): void {
    this.#settled = true;
    this.#heartbeat?.cancel();
  }
}
