import type { Job, JobCounts, JobError, JobResult, JobState, JsonObject, NewJob, Operation } from "tideover/engine";
import { countStates } from "tideover/jobs";
import type { SqlRow } from "../embedded/index.ts";

/** The columns of `jobs` that a {@link Job} is read from. */
export const JOB_COLUMNS = [
  "seq",
  "id",
  "kind",
  "tenant",
  "key_name",
  "operation",
  "model",
  "priority",
  "job_group",
  "tag",
  "created_at",
  "not_before",
  "expires_at",
  "state",
  "version",
  "deliveries",
  "token",
  "owner",
  "lease_until",
  "started_at",
  "ended_at",
  "kept_until",
  "error",
  "turn",
].join(", ");

/** The job in a row; its answer where the row has the columns of one. */
export function jobFrom(row: SqlRow): Job {
  const owner = textIn(row, "owner");
  const job: { -readonly [Member in keyof Job]: Job[Member] } = {
    id: textIn(row, "id") ?? "",
    kind: textIn(row, "kind") as NewJob["kind"],
    tenant: textIn(row, "tenant") ?? "",
    operation: textIn(row, "operation") as Operation,
    model: textIn(row, "model") ?? "",
    priority: numberIn(row, "priority") ?? 0,
    createdAt: numberIn(row, "created_at") ?? 0,
    notBefore: numberIn(row, "not_before") ?? 0,
    expiresAt: numberIn(row, "expires_at") ?? 0,
    state: textIn(row, "state") as JobState,
    version: numberIn(row, "version") ?? 0,
    deliveries: numberIn(row, "deliveries") ?? 0,
  };
  const optional = {
    keyName: textIn(row, "key_name"),
    group: textIn(row, "job_group"),
    tag: textIn(row, "tag"),
    startedAt: numberIn(row, "started_at"),
    endedAt: numberIn(row, "ended_at"),
    keptUntil: numberIn(row, "kept_until"),
    lease: owner === undefined ? undefined : { owner, until: numberIn(row, "lease_until") ?? 0 },
    error: jsonIn<JobError>(row, "error"),
    result: resultIn(row),
  };
  return Object.assign(job, Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)));
}

/** The counts in rows of a state and a number each. @param oldest the row of the oldest job that waits */
export function countsFrom(rows: readonly SqlRow[], oldest: SqlRow | undefined): JobCounts {
  const tally = new Map(rows.map((row) => [textIn(row, "state") as JobState, numberIn(row, "jobs") ?? 0]));
  return countStates(tally, numberIn(oldest ?? {}, "created_at"));
}

function resultIn(row: SqlRow): JobResult | undefined {
  const status = numberIn(row, "result_status");
  if (status === undefined) return undefined;
  const provenance = jsonIn<JsonObject>(row, "result_provenance");
  return { status, body: textIn(row, "result_body") ?? "", ...(provenance === undefined ? {} : { provenance }) };
}

/** A text column; undefined for null. */
export function textIn(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  return typeof value === "string" ? value : undefined;
}

/** A number column; undefined for null. */
export function numberIn(row: SqlRow, column: string): number | undefined {
  const value = row[column];
  return typeof value === "number" ? value : undefined;
}

/** A column of our own JSON. */
function jsonIn<T>(row: SqlRow, column: string): T | undefined {
  const text = textIn(row, column);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
