import type { Job, JobCounts, JobError, JobHold, JobLease, JobResult, JobState, LeasedJob, NewJob } from "./job.ts";

/** What became of a job that was offered to the store. */
export type AcceptResult =
  /** It is on disk (or wherever the store keeps it for good). `hold` where it was accepted in somebody's hands. */
  | { readonly type: "accepted"; readonly job: Job; readonly hold?: JobHold | undefined }
  /** The tenant sent the same request with this idempotency key before. */
  | { readonly type: "exists"; readonly job: Job }
  /** The tenant used this idempotency key for another request. */
  | { readonly type: "mismatch" }
  /** As many jobs wait as the store takes. */
  | { readonly type: "full"; readonly limit: number };

/** Which jobs a worker takes. */
export interface LeaseOrder extends JobLease {
  readonly now: number;
  /** Most jobs to take. */
  readonly limit: number;
  /** Only these, as a broker delivered them; absent: the store chooses. */
  readonly ids?: readonly string[] | undefined;
  /** None for these models: their providers take nothing now. A few hundred at most. */
  readonly exceptModels?: readonly string[] | undefined;
}

/** What a holder learns when it shows a sign of life. */
export type HoldState = "held" | "cancelled" | "lost";

/** How a job goes back to the queue. */
export interface Release {
  readonly now: number;
  readonly notBefore: number;
  /** Whether the delivery counts; not when nothing was sent for want of room. */
  readonly counts: boolean;
  /** Why, for people; absent where nothing went wrong. */
  readonly error?: JobError | undefined;
}

/** How an ended job is kept. */
export interface Keeping {
  readonly now: number;
  readonly keptUntil: number;
}

/** Which jobs are listed: the newest first. */
export interface JobListing {
  /** Whose; absent: everybody's, for operators. */
  readonly tenant?: string | undefined;
  readonly states?: readonly JobState[] | undefined;
  readonly group?: string | undefined;
  /** Whether the answers come with the jobs; they may be large. Default: no. */
  readonly withResults?: boolean | undefined;
  /** Goes on after this one: the id of the last job of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** One page of a listing. */
export interface JobPage {
  readonly jobs: readonly Job[];
  readonly hasMore: boolean;
}

/** How lost jobs are taken back. */
export interface SweepOrder extends Keeping {
  /** Most jobs of each sort. */
  readonly limit: number;
  readonly maxDeliveries: number;
  /** How long a job waits after its first, second, … started delivery was lost, in ms; absent, or past the end: not at all. */
  readonly delaysMs?: readonly number[] | undefined;
}

/** What a sweep did, by ids; each list is at most as long as the sweep's limit. */
export interface Swept {
  readonly expired: readonly string[];
  /** Their lease had ended without a sign of life; they wait again. */
  readonly requeued: readonly string[];
  /** The same, after their last delivery. */
  readonly deadLettered: readonly string[];
}

/** A queued job that a broker should (again) be told of. */
export interface JobNotice {
  readonly id: string;
  readonly priority: number;
}

/**
 * Where jobs are kept: the truth about them. Every operation is atomic and, once it has resolved, survives the death of
 * the process; every one rejects when the store cannot do it, and then nothing of it has happened or all of it has.
 *
 * What a holder asks for (`start`, `renew`, `complete`, `fail`, `release`, `discard`) takes effect only while its hold
 * is the job's latest: so each job ends once, however many workers believe that it is theirs.
 */
export interface JobStore {
  /**
   * Keeps a job, unless the tenant's idempotency key is known and not past its time.
   * @param lease keeps it in somebody's hands from the start: it is `running` then, and no worker sees it
   */
  accept(job: NewJob, lease?: JobLease): Promise<AcceptResult>;
  /** @param tenant whose it must be; absent: anybody's, for workers and operators. */
  find(id: string, tenant?: string): Promise<Job | undefined>;
  /**
   * Takes waiting jobs whose time has come and is not over, the most urgent first. Where the store chooses, tenants of
   * one urgency take turns, so that one with thousands of jobs does not keep another waiting. Counts a delivery each.
   */
  lease(order: LeaseOrder): Promise<readonly LeasedJob[]>;
  /** The request's bytes of a job, for a retry by hand. */
  request(id: string): Promise<Uint8Array | undefined>;
  /** A provider is about to be asked. False: the job is not the holder's any more, or was cancelled. */
  start(hold: JobHold, now: number): Promise<boolean>;
  /** A sign of life. */
  renew(hold: JobHold, until: number): Promise<HoldState>;
  /** Ends a job with its answer. False: it is not the holder's any more; the answer is to be thrown away. */
  complete(hold: JobHold, result: JobResult, keeping: Keeping): Promise<boolean>;
  /** Ends a job without an answer; `result` is what a provider said of it where that is all there will be. */
  fail(hold: JobHold, error: JobError, keeping: Keeping, result?: JobResult): Promise<boolean>;
  /** Gives a job back to the queue, where it keeps its turn. */
  release(hold: JobHold, release: Release): Promise<boolean>;
  /** Forgets a job of kind `live` that came to nothing, so that its key may be used again. */
  discard(hold: JobHold): Promise<boolean>;
  /** Ends a job because its owner wants it no more; one that has ended stays as it is. Undefined: there is none. */
  cancel(id: string, keeping: Keeping, tenant?: string): Promise<Job | undefined>;
  /** Forgets an ended job because its owner wants it kept no more. False: there is none that has ended. */
  forget(id: string, tenant: string): Promise<boolean>;
  /**
   * Forgets jobs of a tenant, of every kind and in every state, with requests, answers and idempotency keys; whoever
   * holds one finds it lost. Other tenants' stay.
   * @param limit most jobs at once
   * @returns how many; fewer than the limit where none is left
   */
  forgetTenant(tenant: string, limit: number): Promise<number>;
  /** Queues a `failed` or `expired` job anew, with no deliveries behind it; any other stays as it is. */
  redrive(
    id: string,
    again: { readonly now: number; readonly expiresAt: number },
    tenant?: string,
  ): Promise<Job | undefined>;
  /**
   * Ends what has expired in the queue, and takes back what a worker holds without a sign of life: to the queue, or,
   * once it was started `maxDeliveries` times, to the dead letters. A delivery that was not started is taken off the
   * count: the job cannot have been what ended the worker. Forgets `live` ones that lost their process.
   */
  sweep(order: SweepOrder): Promise<Swept>;
  /** Jobs of kind `ticket`. */
  list(listing: JobListing): Promise<JobPage>;
  /** Counts jobs of kind `ticket`; quick, for status pages. @param tenant absent: everybody's */
  counts(tenant?: string): Promise<JobCounts>;
  /** Counts the jobs of one group. */
  groupCounts(group: string): Promise<JobCounts>;
  /** Queued jobs whose time has come and that no broker was told of since `before`; those that were never told of first. */
  unpublished(order: {
    readonly now: number;
    readonly before: number;
    readonly limit: number;
  }): Promise<readonly JobNotice[]>;
  /** Notes that a broker was told. */
  published(ids: readonly string[], now: number): Promise<void>;
  /** Ended jobs whose end nobody was told of yet, the first ended first. */
  unannounced(limit: number): Promise<readonly Job[]>;
  /** Notes that everybody who wanted to know of these ends has been told, or is on a list to be told. */
  announced(ids: readonly string[]): Promise<void>;
  /** Forgets ended jobs past their keeping. @returns how many */
  purge(order: { readonly now: number; readonly limit: number }): Promise<number>;
  close(): Promise<void>;
}
