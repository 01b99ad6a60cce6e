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
import { EXPIRED, UrgencyTurns, WORKER_LOST } from "tideover/jobs";
import type { DataDir, EmbeddedDatabase, SqlRow, SqlValue, Statement } from "../embedded/index.ts";
import { countsFrom, JOB_COLUMNS, jobFrom, numberIn, textIn } from "../jobs/rows.ts";
import { WaitingBound } from "../jobs/waiting-bound.ts";
import { CHECKPOINT_PAGES, PAGE_BYTES, PAGE_CACHE_KIB } from "./defaults.ts";
import { insertParams, jsonOf, sqlValue } from "./params.ts";
import { JOB_MIGRATIONS } from "./schema.ts";
import * as SQL from "./statements.ts";

/** Bounds of a {@link SqliteJobStore}; tests take less. */
export interface SqliteJobStoreOptions {
  readonly mostWaiting?: number | undefined;
}

/** Jobs in the embedded database, each change committed durably. One process owns it, so its leases end with it. */
export class SqliteJobStore implements JobStore {
  readonly #database: EmbeddedDatabase;
  readonly #bound: WaitingBound;
  readonly #turns = new UrgencyTurns();
  #nextSeq: number;

  private constructor(database: EmbeddedDatabase, nextSeq: number, { mostWaiting }: SqliteJobStoreOptions) {
    this.#database = database;
    this.#nextSeq = nextSeq;
    this.#bound = new WaitingBound(mostWaiting);
  }

  /**
   * Opens the jobs of a data folder. Whoever held jobs in its last life is gone: the next sweep takes them back.
   * @throws StoreError as `DataDir.database` does.
   */
  static async open(dataDir: DataDir, options: SqliteJobStoreOptions = {}): Promise<SqliteJobStore> {
    const database = dataDir.database({
      name: "jobs",
      migrations: JOB_MIGRATIONS,
      durability: "durable",
      tuning: { pageBytes: PAGE_BYTES, pageCacheKib: PAGE_CACHE_KIB, checkpointPages: CHECKPOINT_PAGES },
    });
    await database.write(SQL.END_ALL_LEASES);
    const last = database.readOne("SELECT max(seq) AS seq FROM jobs");
    const store = new SqliteJobStore(database, (numberIn(last ?? {}, "seq") ?? 0) + 1, options);
    store.#recallTurns();
    return store;
  }

  async accept(job: NewJob, lease?: JobLease): Promise<AcceptResult> {
    if (this.#bound.startLook()) this.#bound.counted(this.#countsOf("", undefined));
    if (!this.#bound.admits()) return { type: "full", limit: this.#bound.most };
    const { idempotency } = job;
    const seq = this.#nextSeq++;
    const turn = this.#turns.of(job.priority).next(job.tenant);
    const results = await this.#database.writeTogether([
      { sql: SQL.INSERT_JOB, params: insertParams(job, seq, turn, lease) },
      { sql: SQL.INSERT_REQUEST, params: [job.request, seq] },
    ]);
    const inserted = results[0]?.rows[0];
    if (inserted !== undefined) {
      const accepted = { type: "accepted", job: jobFrom(inserted) } as const;
      return lease === undefined ? accepted : { ...accepted, hold: { id: job.id, token: 1 } };
    }
    const key = idempotency?.key ?? "";
    const known = this.#database.readOne(SQL.FIND_BY_KEY, [job.tenant, key]);
    // It ended and was purged between the two: the key is free.
    if (known === undefined) return this.accept(job, lease);
    if ((numberIn(known, "idempotency_until") ?? 0) <= job.createdAt) {
      await this.#database.write(SQL.FORGET_OLD_KEY, [job.tenant, key, job.createdAt]);
      return this.accept(job, lease);
    }
    if (textIn(known, "fingerprint") !== idempotency?.fingerprint) return { type: "mismatch" };
    return { type: "exists", job: jobFrom(known) };
  }

  async find(id: string, tenant?: string): Promise<Job | undefined> {
    const row = this.#database.readOne(SQL.FIND, [id]);
    return row === undefined || (tenant !== undefined && row.tenant !== tenant) ? undefined : jobFrom(row);
  }

  async lease({ owner, until, now, limit, ids, exceptModels = [] }: LeaseOrder): Promise<readonly LeasedJob[]> {
    if (limit <= 0) return [];
    const take: Statement =
      ids === undefined
        ? { sql: SQL.LEASE_NEXT, params: [owner, until, now, JSON.stringify(exceptModels), limit] }
        : {
            sql: SQL.LEASE_THESE,
            params: [owner, until, JSON.stringify(ids), now, now, JSON.stringify(exceptModels), limit],
          };
    const [, taken] = await this.#database.writeTogether([{ sql: SQL.END_DELAYS, params: [now] }, take]);
    const rows = (taken?.rows ?? []).toSorted(byTurn);
    return rows.map((row) => {
      const job = jobFrom(row);
      this.#turns.of(job.priority).serve(numberIn(row, "turn") ?? 0);
      const request = this.#requestOf(numberIn(row, "seq") ?? 0);
      return { job, request, hold: { id: job.id, token: numberIn(row, "token") ?? 0 } };
    });
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    const row = this.#database.readOne(SQL.FIND, [id]);
    return row === undefined ? undefined : this.#requestOf(numberIn(row, "seq") ?? 0);
  }

  start({ id, token }: JobHold, now: number): Promise<boolean> {
    return this.#changed(SQL.START, [now, id, token]);
  }

  async renew({ id, token }: JobHold, until: number): Promise<HoldState> {
    if (await this.#changed(SQL.RENEW, [until, id, token])) return "held";
    const row = this.#database.readOne(SQL.FIND, [id]);
    return row?.state === "cancelled" && row.token === token ? "cancelled" : "lost";
  }

  complete(hold: JobHold, result: JobResult, keeping: Keeping): Promise<boolean> {
    return this.#endHeld(hold, "succeeded", undefined, keeping, result);
  }

  fail(hold: JobHold, error: JobError, keeping: Keeping, result?: JobResult): Promise<boolean> {
    return this.#endHeld(hold, "failed", error, keeping, result);
  }

  release({ id, token }: JobHold, { now, notBefore, counts, error }: Release): Promise<boolean> {
    const params = [notBefore, notBefore > now ? 1 : 0, counts ? 0 : 1, jsonOf(error), id, token];
    return this.#changed(SQL.RELEASE, params);
  }

  discard({ id, token }: JobHold): Promise<boolean> {
    return this.#changed(SQL.DISCARD, [id, token]);
  }

  async cancel(id: string, { now, keptUntil }: Keeping, tenant?: string): Promise<Job | undefined> {
    await this.#database.write(SQL.CANCEL, [now, keptUntil, id, sqlValue(tenant)]);
    return this.find(id, tenant);
  }

  forget(id: string, tenant: string): Promise<boolean> {
    return this.#changed(SQL.FORGET, [id, tenant]);
  }

  async forgetTenant(tenant: string, limit: number): Promise<number> {
    const [forgotten] = await this.#database.writeTogether([
      { sql: SQL.FORGET_TENANT, params: [tenant, limit] },
      { sql: SQL.PURGE_COUNTS },
    ]);
    return forgotten?.changes ?? 0;
  }

  async redrive(id: string, again: { readonly now: number; readonly expiresAt: number }, tenant?: string) {
    await this.#database.writeTogether([
      { sql: SQL.FORGET_RESULT, params: [id, sqlValue(tenant)] },
      { sql: SQL.REDRIVE, params: [again.now, again.expiresAt, id, sqlValue(tenant)] },
    ]);
    return this.find(id, tenant);
  }

  async sweep({ now, keptUntil, limit, maxDeliveries, delaysMs = [] }: SweepOrder): Promise<Swept> {
    const delays = JSON.stringify(delaysMs);
    const [expired, requeued, deadLettered] = await this.#database.writeTogether([
      { sql: SQL.EXPIRE, params: [now, keptUntil, jsonOf(EXPIRED), now, limit] },
      { sql: SQL.REQUEUE_LOST, params: [now, delays, delays, now, maxDeliveries, limit] },
      { sql: SQL.BURY_LOST, params: [now, keptUntil, jsonOf(WORKER_LOST), now, maxDeliveries, limit] },
      { sql: SQL.FORGET_LOST, params: [now, limit] },
    ]);
    return { expired: idsIn(expired), requeued: idsIn(requeued), deadLettered: idsIn(deadLettered) };
  }

  async list({ tenant, states, group, after, limit, withResults = false }: JobListing): Promise<JobPage> {
    const conditions = ["jobs.kind = 'ticket'"];
    const params: SqlValue[] = [];
    const where = (condition: string, ...values: SqlValue[]) => {
      conditions.push(condition);
      params.push(...values);
    };
    if (tenant !== undefined) where("jobs.tenant = ?", tenant);
    if (group !== undefined) where("jobs.job_group = ?", group);
    if (states !== undefined) where(`jobs.state IN (${states.map(() => "?").join(", ")})`, ...states);
    if (after !== undefined) {
      const place = this.#database.readOne(SQL.FIND, [after]);
      if (place === undefined || (tenant !== undefined && place.tenant !== tenant)) return { jobs: [], hasMore: false };
      where("jobs.seq < ?", place.seq ?? 0);
    }
    const from = withResults ? SQL.JOBS_WITH_RESULTS : `SELECT ${JOB_COLUMNS} FROM jobs`;
    const sql = `${from} WHERE ${conditions.join(" AND ")} ORDER BY jobs.seq DESC LIMIT ?`;
    const rows = this.#database.readAll(sql, [...params, limit + 1]);
    return { jobs: rows.slice(0, limit).map(jobFrom), hasMore: rows.length > limit };
  }

  async counts(tenant?: string): Promise<JobCounts> {
    const oldest =
      tenant === undefined ? this.#database.readOne(SQL.OLDEST) : this.#database.readOne(SQL.OLDEST_OF, [tenant]);
    return this.#countsOf(tenant === undefined ? "" : `t:${tenant}`, oldest);
  }

  async groupCounts(group: string): Promise<JobCounts> {
    return this.#countsOf(`g:${group}`, undefined);
  }

  async unpublished({ now, before, limit }: Parameters<JobStore["unpublished"]>[0]): Promise<readonly JobNotice[]> {
    await this.#database.write(SQL.END_DELAYS, [now]);
    const rows = this.#database.readAll(SQL.UNPUBLISHED, [before, limit]);
    return rows.map((row) => ({ id: textIn(row, "id") ?? "", priority: numberIn(row, "priority") ?? 0 }));
  }

  async published(ids: readonly string[], now: number): Promise<void> {
    await this.#database.write(SQL.PUBLISHED, [now, JSON.stringify(ids)]);
  }

  async unannounced(limit: number): Promise<readonly Job[]> {
    return this.#database.readAll(SQL.UNANNOUNCED, [limit]).map(jobFrom);
  }

  async announced(ids: readonly string[]): Promise<void> {
    await this.#database.write(SQL.ANNOUNCED, [JSON.stringify(ids)]);
  }

  async purge({ now, limit }: { readonly now: number; readonly limit: number }): Promise<number> {
    const [purged] = await this.#database.writeTogether([
      { sql: SQL.PURGE, params: [now, limit] },
      { sql: SQL.PURGE_COUNTS },
    ]);
    return purged?.changes ?? 0;
  }

  /** The database is the data folder's, which closes it. */
  close(): Promise<void> {
    return this.#database.flush();
  }

  async #endHeld(
    { id, token }: JobHold,
    state: JobState,
    error: JobError | undefined,
    { now, keptUntil }: Keeping,
    result: JobResult | undefined,
  ): Promise<boolean> {
    const unit: Statement[] = [{ sql: SQL.END_HELD, params: [state, jsonOf(error), now, keptUntil, id, token] }];
    if (result !== undefined) {
      const { status, body, provenance } = result;
      unit.push({ sql: SQL.KEEP_RESULT, params: [status, body, jsonOf(provenance), id, token, state] });
    }
    const [ended] = await this.#database.writeTogether(unit);
    return ended?.changes === 1;
  }

  async #changed(sql: string, params: readonly SqlValue[]): Promise<boolean> {
    return (await this.#database.write(sql, params)).changes === 1;
  }

  #requestOf(seq: number): Uint8Array {
    const request = this.#database.readOne("SELECT request FROM job_requests WHERE seq = ?", [seq])?.request;
    return request instanceof Uint8Array ? request : new Uint8Array();
  }

  #countsOf(scope: string, oldest: SqlRow | undefined): JobCounts {
    const rows = this.#database.readAll("SELECT state, jobs FROM job_counts WHERE scope = ?", [scope]);
    return countsFrom(rows, oldest);
  }

  /** The turns that were given in an earlier life go on counting. */
  #recallTurns(): void {
    for (const row of this.#database.readAll(SQL.TURNS)) {
      this.#turns.of(numberIn(row, "priority") ?? 0).recall(textIn(row, "tenant") ?? "", numberIn(row, "turn") ?? 0);
    }
  }
}

function byTurn(a: SqlRow, b: SqlRow): number {
  for (const column of ["priority", "turn", "seq"]) {
    const difference = (numberIn(a, column) ?? 0) - (numberIn(b, column) ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function idsIn(result: { readonly rows: readonly SqlRow[] } | undefined): string[] {
  return (result?.rows ?? []).map((row) => textIn(row, "id") ?? "");
}
