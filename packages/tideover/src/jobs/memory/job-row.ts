import type { Job, JobLease, NewJob } from "../../engine/ports/job.ts";

/** A job with what a store knows of it. */
export interface Row {
  job: Job;
  readonly request: Uint8Array;
  readonly idempotency: NewJob["idempotency"];
  readonly order: number;
  readonly turn: number;
  token: number;
  publishedAt: number | undefined;
  announced: boolean;
}

/** Members that change; undefined takes one away. */
export type Changes = { -readonly [Member in keyof Job]?: Job[Member] | undefined };

/** As lists give it. */
export function withoutResult({ result: _, ...job }: Job): Job {
  return job;
}

export function leaseOf({ owner, until }: JobLease): JobLease {
  return { owner, until };
}

/** Under which a tenant's idempotency key is found. */
export function keyOf(tenant: string, key: string): string {
  return `${tenant}\n${key}`;
}
