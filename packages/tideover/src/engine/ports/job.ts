import type { Operation } from "../call.ts";
import type { JsonObject } from "../json.ts";

/**
 * Where a job stands.
 * - `queued`: nobody works on it. It may have to wait for its time (`notBefore`).
 * - `leased`: a worker has taken it and has not sent anything yet.
 * - `running`: a worker has asked a provider.
 * - the others are ends; each job reaches exactly one of them. Only `redrive` leads out of `failed` and `expired`.
 */
export type JobState = "queued" | "leased" | "running" | "succeeded" | "failed" | "expired" | "cancelled";

/** Every state, in the order of a job's life. */
export const JOB_STATES = [
  "queued",
  "leased",
  "running",
  "succeeded",
  "failed",
  "expired",
  "cancelled",
] as const satisfies readonly JobState[];

/** Whether a state is an end. */
export function isEnded(state: JobState): boolean {
  return state !== "queued" && state !== "leased" && state !== "running";
}

/**
 * Begins the idempotency keys that callers chose. Their jobs are kept at least until the key is forgotten: the same request
 * gets the same job for so long, however short the others are kept.
 */
export const CALLERS_KEY = "k:";

/** What makes a repeated request the same one. */
export interface Idempotency {
  /** The caller's `Idempotency-Key` behind {@link CALLERS_KEY}, or one of our own; unique within its tenant. */
  readonly key: string;
  /** Digest of the operation and the body: the same key with another one is refused. */
  readonly fingerprint: string;
  /** Until when the key is remembered, in ms since the Unix epoch. */
  readonly until: number;
}

/**
 * - `ticket`: an accepted promise; it is listed, leased by workers and kept until it has an answer.
 * - `live`: a request whose caller waits for it and that has an idempotency key. It is held by the process that
 *   answers it, never leased, and forgotten when that process dies.
 */
export type JobKind = "ticket" | "live";

/** A job as it is accepted. All times in ms since the Unix epoch. */
export interface NewJob {
  /** Unguessable, unique in the world, up to 64 letters, digits, `-` and `_`. */
  readonly id: string;
  readonly kind: JobKind;
  /** Whose job it is; nobody else ever sees it. */
  readonly tenant: string;
  /** Name of the caller's key, for quotas and logs. */
  readonly keyName?: string | undefined;
  readonly operation: Operation;
  /** The model as the caller named it; it finds the route when the job runs. */
  readonly model: string;
  /** The request's body as it arrived. */
  readonly request: Uint8Array;
  /** RFC 9218 urgency, 0 to 7: lower ones run first. */
  readonly priority: number;
  readonly idempotency?: Idempotency | undefined;
  /** What it belongs to, such as a batch. */
  readonly group?: string | undefined;
  /** Its name within the group, such as a batch line's `custom_id`. */
  readonly tag?: string | undefined;
  readonly createdAt: number;
  /** It does not run before. */
  readonly notBefore: number;
  /** It is not begun any more from then on, and ends as `expired`. */
  readonly expiresAt: number;
}

/** What a job gave. */
export interface JobResult {
  /** The HTTP status that the caller of an unstreamed request would have got. */
  readonly status: number;
  /** JSON text of the document. */
  readonly body: string;
  /** How the answer came about, as callers read it. */
  readonly provenance?: JsonObject | undefined;
}

/** Why a job has no answer. Holds no key and no prompt. */
export interface JobError {
  /** A stable word, as in the error catalogue. */
  readonly code: string;
  readonly message: string;
  /** It was given up after its last delivery, so that a person may look at it and run it again. */
  readonly deadLetter: boolean;
}

/** Who works on a job, and until when that is believed without a sign of life (ms since the Unix epoch). */
export interface JobLease {
  readonly owner: string;
  readonly until: number;
}

/** A job as the store knows it, without the request's bytes. All times in ms since the Unix epoch. */
export interface Job extends Omit<NewJob, "request" | "idempotency"> {
  readonly state: JobState;
  /** Rises with every change that a reader can see. */
  readonly version: number;
  /** How often it was given to a worker. */
  readonly deliveries: number;
  readonly lease?: JobLease | undefined;
  /** When a provider was first asked for it. */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly result?: JobResult | undefined;
  /** Why it failed; on a queued one, why its last delivery did. */
  readonly error?: JobError | undefined;
  /** Until when an ended job is kept. */
  readonly keptUntil?: number | undefined;
}

/** Proof of a lease. A store refuses whoever comes with an older one (fencing). */
export interface JobHold {
  readonly id: string;
  readonly token: number;
}

/** A job in a worker's hands. */
export interface LeasedJob {
  readonly job: Job;
  readonly request: Uint8Array;
  readonly hold: JobHold;
}

/** How many jobs are in each state. */
export type JobCounts = Readonly<Record<JobState, number>> & {
  /** When the oldest queued one was accepted, in ms since the Unix epoch. */
  readonly oldestQueuedAt?: number | undefined;
};
