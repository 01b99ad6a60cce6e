import type { JobLease, NewJob } from "tideover/engine";
import type { SqlValue } from "../embedded/index.ts";

/** A value as SQLite takes it. */
export function sqlValue(value: string | number | undefined): SqlValue {
  return value ?? null;
}

/** JSON text, null where there is nothing. */
export function jsonOf(value: object | undefined): SqlValue {
  return value === undefined ? null : JSON.stringify(value);
}

/** The parameters of `INSERT_JOB`. */
export function insertParams(job: NewJob, seq: number, turn: number, lease: JobLease | undefined): SqlValue[] {
  const { idempotency } = job;
  return [
    seq,
    job.id,
    job.kind,
    job.tenant,
    sqlValue(job.keyName),
    job.operation,
    job.model,
    job.priority,
    sqlValue(job.group),
    sqlValue(job.tag),
    sqlValue(idempotency?.key),
    sqlValue(idempotency?.fingerprint),
    sqlValue(idempotency?.until),
    job.createdAt,
    job.notBefore,
    job.expiresAt,
    lease === undefined ? "queued" : "running",
    lease === undefined ? 0 : 1,
    lease === undefined ? 0 : 1,
    sqlValue(lease?.owner),
    sqlValue(lease?.until),
    lease === undefined ? null : job.createdAt,
    turn,
    job.notBefore > job.createdAt ? 1 : 0,
  ];
}
