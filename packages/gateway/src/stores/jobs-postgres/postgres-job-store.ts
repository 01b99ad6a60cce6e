import type {
  AcceptResult,
  HoldState,
  Job,
  JobCounts,
  JobError,
  JobHold,
  JobLease,
  JobListing,
  JobNotice,
  JobPage,
  JobResult,
  JobState,
  JobStore,
  Keeping,
  LeasedJob,
  LeaseOrder,
  NewJob,
  Release,
  SweepOrder,
  Swept,
} from "tideover/engine";
import { EXPIRED, WORKER_LOST } from "tideover/jobs";
import type { SqlRow } from "../embedded/index.ts";
import { countsFrom, jobFrom, numberIn, textIn } from "../jobs/rows.ts";
import { WaitingBound } from "../jobs/waiting-bound.ts";
import type { PostgresLink, PostgresResult, PostgresValue } from "./postgres-link.ts";
import * as SQL from "./statements.ts";

/** Names the lock of whoever folds the counts: "counts" in ASCII. */
const COUNTS_LOCK = "109326573237363";

/** Bounds of a {@link PostgresJobStore}; tests take less. */
export interface PostgresJobStoreOptions {
  readonly mostWaiting?: number | undefined;
}

/**
 * Jobs in PostgreSQL, shared by as many gateways and workers as like to. Their clocks must agree within some seconds: a
 * lease is 30 s long. A lost process's jobs wait until their lease is over.
 */
export class PostgresJobStore implements JobStore {
  readonly #link: PostgresLink;
  readonly #bound: WaitingBound;

  constructor(link: PostgresLink, { mostWaiting }: PostgresJobStoreOptions = {}) {
    this.#link = link;
    this.#bound = new WaitingBound(mostWaiting);
  }

  async accept(job: NewJob, lease?: JobLease): Promise<AcceptResult> {
    if (this.#bound.startLook()) this.#bound.counted(countsFrom((await this.#link.run(SQL.COUNT_ALL)).rows, undefined));
    if (!this.#bound.admits()) return { type: "full", limit: this.#bound.most };
    const { idempotency } = job;
    for (;;) {
      const { rows } = await this.#link.run(SQL.INSERT_JOB, insertValues(job, lease));
      if (rows[0] !== undefined) {
        const accepted = { type: "accepted", job: jobFrom(rows[0]) } as const;
        return lease === undefined ? accepted : { ...accepted, hold: { id: job.id, token: 1 } };
      }
      const key = idempotency?.key ?? "";
      const known = (await this.#link.run(SQL.FIND_BY_KEY, [job.tenant, key])).rows[0];
      // It was purged between the two, or its time is over: the key is free.
      if (known === undefined) continue;
      if ((numberIn(known, "idempotency_until") ?? 0) <= job.createdAt) {
        await this.#link.run(SQL.FORGET_OLD_KEY, [job.tenant, key, job.createdAt]);
        continue;
      }
      if (textIn(known, "fingerprint") !== idempotency?.fingerprint) return { type: "mismatch" };
      return { type: "exists", job: jobFrom(known) };
    }
  }

  async find(id: string, tenant?: string): Promise<Job | undefined> {
    const { rows } = await this.#link.run(SQL.FIND, [id, tenant ?? null]);
    return rows[0] === undefined ? undefined : jobFrom(rows[0]);
  }

  async lease({ owner, until, now, limit, ids, exceptModels = [] }: LeaseOrder): Promise<readonly LeasedJob[]> {
    if (limit <= 0) return [];
    const values = [owner, until, now, exceptModels, limit];
    if (ids !== undefined) return leasedFrom(await this.#link.run(SQL.LEASE_THESE, [...values, ids]));
    await this.#link.run(SQL.END_DELAYS, [now]);
    return leasedFrom(await this.#link.run(SQL.LEASE_NEXT, values));
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    const { rows } = await this.#link.run(SQL.REQUEST, [id]);
    return rows[0] === undefined ? undefined : bytesIn(rows[0]);
  }

  start({ id, token }: JobHold, now: number): Promise<boolean> {
    return this.#changed(SQL.START, [id, token, now]);
  }

  async renew({ id, token }: JobHold, until: number): Promise<HoldState> {
    if (await this.#changed(SQL.RENEW, [id, token, until])) return "held";
    const row = (await this.#link.run(SQL.FIND, [id, null])).rows[0];
    return row?.state === "cancelled" && row.token === token ? "cancelled" : "lost";
  }

  complete(hold: JobHold, result: JobResult, keeping: Keeping): Promise<boolean> {
    return this.#endHeld(hold, "succeeded", undefined, keeping, result);
  }

  fail(hold: JobHold, error: JobError, keeping: Keeping, result?: JobResult): Promise<boolean> {
    return this.#endHeld(hold, "failed", error, keeping, result);
  }

  release({ id, token }: JobHold, { now, notBefore, counts, error }: Release): Promise<boolean> {
    return this.#changed(SQL.RELEASE, [id, token, notBefore, notBefore > now, counts ? 0 : 1, jsonOf(error)]);
  }

  discard({ id, token }: JobHold): Promise<boolean> {
    return this.#changed(SQL.DISCARD, [id, token]);
  }

  async cancel(id: string, { now, keptUntil }: Keeping, tenant?: string): Promise<Job | undefined> {
    await this.#link.run(SQL.CANCEL, [id, tenant ?? null, now, keptUntil]);
    return this.find(id, tenant);
  }

  forget(id: string, tenant: string): Promise<boolean> {
    return this.#changed(SQL.FORGET, [id, tenant]);
  }

  async forgetTenant(tenant: string, limit: number): Promise<number> {
    return (await this.#link.run(SQL.FORGET_TENANT, [tenant, limit])).count;
  }

  async redrive(
    id: string,
    again: { readonly now: number; readonly expiresAt: number },
    tenant?: string,
  ): Promise<Job | undefined> {
    await this.#link.run(SQL.REDRIVE, [id, tenant ?? null, again.now, again.expiresAt]);
    return this.find(id, tenant);
  }

  async sweep({ now, keptUntil, limit, maxDeliveries, delaysMs = [] }: SweepOrder): Promise<Swept> {
    const values = [now, limit, maxDeliveries, keptUntil, jsonOf(EXPIRED), jsonOf(WORKER_LOST), delaysMs.map(String)];
    const { rows } = await this.#link.run(SQL.SWEEP, values);
    const idsOf = (what: string) => rows.filter((row) => row.what === what).map((row) => textIn(row, "id") ?? "");
    return { expired: idsOf("expired"), requeued: idsOf("requeued"), deadLettered: idsOf("buried") };
  }

  async list({ tenant, states, group, after, limit, withResults = false }: JobListing): Promise<JobPage> {
    const conditions = ["job.kind = 'ticket'"];
    const values: PostgresValue[] = [];
    const where = (condition: (place: string) => string, value: PostgresValue) => {
      values.push(value);
      conditions.push(condition(`$${values.length}`));
    };
    if (tenant !== undefined) where((place) => `job.tenant = ${place}`, tenant);
    if (group !== undefined) where((place) => `job.job_group = ${place}`, group);
    if (states !== undefined) where((place) => `job.state = ANY (${place}::text[])`, states);
    if (after !== undefined) {
      const last = (await this.#link.run(SQL.FIND, [after, tenant ?? null])).rows[0];
      if (last === undefined) return { jobs: [], hasMore: false };
      where((place) => `job.seq < ${place}`, numberIn(last, "seq") ?? 0);
    }
    values.push(limit + 1);
    const from = withResults ? SQL.JOBS_WITH_RESULTS : SQL.JOBS_ALONE;
    const sql = `${from} WHERE ${conditions.join(" AND ")} ORDER BY job.seq DESC LIMIT $${values.length}`;
    const { rows } = await this.#link.run(sql, values);
    return { jobs: rows.slice(0, limit).map(jobFrom), hasMore: rows.length > limit };
  }

  async counts(tenant?: string): Promise<JobCounts> {
    const [counted, oldest] = await Promise.all(
      tenant === undefined
        ? [this.#link.run(SQL.COUNT_ALL), this.#link.run(SQL.OLDEST)]
        : [this.#link.run(SQL.COUNT_TENANT, [tenant]), this.#link.run(SQL.OLDEST_OF, [tenant])],
    );
    return countsFrom(counted?.rows ?? [], oldest?.rows[0]);
  }

  async groupCounts(group: string): Promise<JobCounts> {
    return countsFrom((await this.#link.run(SQL.COUNT_GROUP, [group])).rows, undefined);
  }

  async unpublished({ now, before, limit }: Parameters<JobStore["unpublished"]>[0]): Promise<readonly JobNotice[]> {
    await this.#link.run(SQL.END_DELAYS, [now]);
    const { rows } = await this.#link.run(SQL.UNPUBLISHED, [before, limit]);
    return rows.map((row) => ({ id: textIn(row, "id") ?? "", priority: numberIn(row, "priority") ?? 0 }));
  }

  async published(ids: readonly string[], now: number): Promise<void> {
    await this.#link.run(SQL.PUBLISHED, [ids, now]);
  }

  async unannounced(limit: number): Promise<readonly Job[]> {
    return (await this.#link.run(SQL.UNANNOUNCED, [limit])).rows.map(jobFrom);
  }

  async announced(ids: readonly string[]): Promise<void> {
    await this.#link.run(SQL.ANNOUNCED, [ids]);
  }

  async purge({ now, limit }: { readonly now: number; readonly limit: number }): Promise<number> {
    const { count } = await this.#link.run(SQL.PURGE, [now, limit]);
    await this.#link.run(SQL.FOLD_COUNTS, [COUNTS_LOCK]);
    await this.#link.run(SQL.FORGET_COUNTS);
    return count;
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #endHeld(
    { id, token }: JobHold,
    state: JobState,
    error: JobError | undefined,
    { now, keptUntil }: Keeping,
    result: JobResult | undefined,
  ): Promise<boolean> {
    const kept = [result?.status ?? null, result?.body ?? null, jsonOf(result?.provenance)];
    return this.#changed(SQL.END_HELD, [id, token, state, jsonOf(error), now, keptUntil, ...kept]);
  }

  async #changed(sql: string, values: readonly PostgresValue[]): Promise<boolean> {
    return (await this.#link.run(sql, values)).count === 1;
  }
}

function insertValues(job: NewJob, lease: JobLease | undefined): PostgresValue[] {
  const { idempotency } = job;
  const isHeld = lease !== undefined;
  return [
    job.id,
    job.kind,
    job.tenant,
    job.keyName ?? null,
    job.operation,
    job.model,
    job.priority,
    job.group ?? null,
    job.tag ?? null,
    idempotency?.key ?? null,
    idempotency?.fingerprint ?? null,
    idempotency?.until ?? null,
    job.createdAt,
    job.notBefore,
    job.expiresAt,
    isHeld ? "running" : "queued",
    isHeld ? 1 : 0,
    lease?.owner ?? null,
    lease?.until ?? null,
    isHeld ? job.createdAt : null,
    job.notBefore > job.createdAt,
    job.request,
  ];
}

function leasedFrom({ rows }: PostgresResult): LeasedJob[] {
  return rows.map((row) => {
    const job = jobFrom(row);
    return { job, request: bytesIn(row), hold: { id: job.id, token: numberIn(row, "token") ?? 0 } };
  });
}

function bytesIn({ request }: SqlRow): Uint8Array {
  return request instanceof Uint8Array ? request : new Uint8Array();
}

/** JSON text without NUL, which PostgreSQL's own JSON functions refuse even where it is escaped. */
function jsonOf(value: object | undefined): string | null {
  if (value === undefined) return null;
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "string" ? part.replaceAll("\0", "\uFFFD") : part,
  );
}
