import type { Call } from "../engine/call.ts";
import type { Clock } from "../engine/clock.ts";
import { type Failure, failure } from "../engine/failure.ts";
import type { Accepted, Outcome } from "../engine/outcome.ts";
import type { Job, JobLease } from "../engine/ports/job.ts";
import type { JobQueue } from "../engine/ports/job-queue.ts";
import type { AcceptResult, JobStore } from "../engine/ports/job-store.ts";
import type { TicketDesk, TicketTerms } from "../engine/ports/ticket-desk.ts";
import type { IdSource } from "../engine/random.ts";
import type { Service } from "../engine/service.ts";
import { isResponseId } from "../wire/index.ts";
import { answerOnce, type OnceParts } from "./answer-once.ts";
import { IDEMPOTENCY_MS, LEASE_MS } from "./defaults.ts";
import type { DrainRate } from "./drain-rate.ts";
import { endingOf } from "./job-ending.ts";
import type { EmitJobEvent } from "./job-event.ts";
import { fingerprintBytes, jobOf, liveJobOf } from "./job-request.ts";
import type { StreamLogs } from "./stream-logs.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What the desk works with. */
export interface DeskParts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Digest of bytes, as text: SHA-256, so that nobody can make two requests look the same. */
  readonly hash: (bytes: Uint8Array) => string;
  readonly owner: string;
  readonly rate: DrainRate;
  readonly pool: WorkerPool;
  /** How calls with an idempotency key are answered once. */
  readonly once: OnceParts;
  /** Where the chunks of answers are kept that are read while they are made. */
  readonly streams: StreamLogs;
  /** Where whoever has the link may read a job. Absent: links are not signed. */
  readonly link?: ((job: Job) => string) | undefined;
  readonly emit?: EmitJobEvent | undefined;
}

/** The most that a job's identifier takes; the port allows 64. */
const ID_LENGTH = 60;

/** Turns calls into jobs: the row is written first, then whoever works is told. */
export class JobDesk implements TicketDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async open(call: Call, terms: TicketTerms): Promise<Accepted | Failure> {
    const result = await this.#keep(call, terms);
    if (result.type === "failure") return result;
    if (result.type === "accepted") await this.#announce(result.job);
    return this.#told(result);
  }

  async adopt(
    call: Call,
    running: Promise<Outcome> | (() => Promise<Outcome>),
    stop: (reason: Failure) => void,
    terms: TicketTerms,
  ): Promise<Accepted | Failure> {
    const { clock, owner, pool, streams } = this.#parts;
    const lease = { owner, until: clock.wallTime() + LEASE_MS };
    const result = await this.#keep(call, terms, lease);
    if (result.type !== "accepted" || result.hold === undefined) {
      const needless = failure("cancelled", "not-adopted", "The attempt became no job of its own.");
      stop(needless);
      if (typeof running !== "function") {
        void running.then((outcome) => {
          if (outcome.type === "answer") outcome.stream.cancel(needless);
        });
      }
      return result.type === "failure" ? result : this.#told(result);
    }
    const { job, hold } = result;
    const abort = new AbortController();
    abort.signal.addEventListener("abort", () => stop(abort.signal.reason), { once: true });
    const { trace, request } = call;
    const facts = { operation: request.operation, trace, signal: abort.signal };
    const followed = call.respondAsync?.followed === true;
    const attempt = typeof running === "function" ? running() : running;
    const work = attempt.then((outcome) => endingOf(followed ? streams.record(job.id, outcome) : outcome, facts));
    void pool.adopt({ job, hold }, work, abort);
    return this.#told(result);
  }

  async once(call: Call, next: Service): Promise<Outcome> {
    const { once, hash, clock } = this.#parts;
    const fingerprint = hash(fingerprintBytes(call.request));
    const now = clock.wallTime();
    const job = liveJobOf(call, { id: this.#idOf(call, now), now, fingerprint }, IDEMPOTENCY_MS);
    const result = await answerOnce(call, job, next, once);
    if (result.type === "mismatch") return mismatch();
    return result.type === "job" ? this.#told(result) : result.outcome;
  }

  /** Writes the row. */
  async #keep(
    call: Call,
    terms: TicketTerms,
    lease?: JobLease,
  ): Promise<Extract<AcceptResult, { type: "accepted" | "exists" }> | Failure> {
    const { store, clock, hash, emit, once } = this.#parts;
    // The ticket takes the caller's idempotency key over from the row that stood for its wait.
    await once.asking.get(call.trace)?.discard();
    const now = clock.wallTime();
    const id = this.#idOf(call, now, terms);
    const job = jobOf(call, terms, { id, now, fingerprint: hash(fingerprintBytes(call.request)) });
    try {
      const result = await store.accept(job, lease);
      if (result.type === "accepted") {
        emit?.({ type: "job-accepted", id, tenant: job.tenant, adopted: lease !== undefined });
      }
      if (result.type === "accepted" || result.type === "exists") return result;
      return result.type === "mismatch" ? mismatch() : full(result.limit);
    } catch (error) {
      emit?.({ type: "job-store-failed", doing: "accept", error });
      return failure("fault", "job-store-unavailable", "The job could not be kept: the job store is out.");
    }
  }

  /** The caller's wire may name the job; one beside an answer, which has that name, gets another of its sort. */
  #idOf({ jobId }: Call, now: number, { shared }: Partial<TicketTerms> = {}): string {
    const { ids } = this.#parts;
    if (jobId === undefined) return newId(ids, now, "job_");
    return shared === true && isResponseId(jobId) ? newId(ids, now, "resp_") : jobId;
  }

  /** A queue that is out costs the job nothing: the keeper tells it again. */
  async #announce({ id, priority, notBefore }: Job): Promise<void> {
    const { queue, store, clock, emit } = this.#parts;
    const now = clock.wallTime();
    if (notBefore > now) return;
    const taken = await queue.publish([{ id, priority }]);
    if (taken.length === 0 || queue.order === "store") return;
    void store.published(taken, now).catch((error: unknown) => {
      emit?.({ type: "job-store-failed", doing: "published", error });
    });
  }

  async #told({ job }: { readonly job: Job }): Promise<Accepted> {
    const { store, rate, emit } = this.#parts;
    const { link } = this.#parts;
    const accepted: Accepted = { type: "accepted", jobId: job.id, job, ...(link && { link: link(job) }) };
    try {
      const estimatedCompletionAt = rate.estimate(job, await store.counts());
      return estimatedCompletionAt === undefined ? accepted : { ...accepted, estimatedCompletionAt };
    } catch (error) {
      emit?.({ type: "job-store-failed", doing: "counts", error });
      return accepted;
    }
  }
}

/**
 * An identifier that nobody can guess, and that begins with its time: in a store's index new ones then stand together,
 * where random ones would each touch a page of their own (the reason for UUID version 7, RFC 9562).
 */
function newId(ids: IdSource, now: number, prefix: "job_" | "resp_"): string {
  const time = Math.floor(now).toString(36).padStart(9, "0");
  return `${prefix}${time}${ids.next().replace(/[^A-Za-z0-9]/g, "")}`.slice(0, ID_LENGTH);
}

/** An idempotency key that came with two different requests. */
export function mismatch(): Failure {
  return failure(
    "caller",
    "idempotency-mismatch",
    "This Idempotency-Key was used for another request; use a new key for a new request.",
    { code: "idempotency_mismatch" },
  );
}

function full(limit: number): Failure {
  const message = `As many jobs wait as are taken (${limit}).`;
  return failure("rejected", "jobs-full", message, { code: "load_shed" });
}
