import {
  CALLERS_KEY,
  isEnded,
  type Job,
  type JobCounts,
  type JobHold,
  type JobLease,
  type NewJob,
} from "../../engine/ports/job.ts";
import type { AcceptResult, JobStore, Keeping, SweepOrder } from "../../engine/ports/job-store.ts";
import { EXPIRED, WORKER_LOST } from "../store-errors.ts";
import { countTickets } from "./count-tickets.ts";
import { UrgencyTurns } from "./fair-turns.ts";
import { type Changes, keyOf, leaseOf, type Row, withoutResult } from "./job-row.ts";

/** Most jobs that are kept unless told otherwise; a job takes about 1 KB beside its request and answer. */
const MOST_JOBS = 100_000;

/**
 * Jobs in memory, for tests and simulations: what it keeps does not survive its process. The reference for what a
 * store does.
 */
export class MemoryJobStore implements JobStore {
  readonly #most: number;
  readonly #rows = new Map<string, Row>();
  /** By tenant and key; entries of forgotten jobs go with their rows. */
  readonly #keys = new Map<string, Row>();
  readonly #turns = new UrgencyTurns();
  #accepted = 0;

  constructor({ most = MOST_JOBS }: { readonly most?: number } = {}) {
    this.#most = most;
  }

  async accept(given: NewJob, lease?: JobLease): Promise<AcceptResult> {
    const { request, idempotency, ...facts } = given;
    const key = idempotency === undefined ? undefined : keyOf(given.tenant, idempotency.key);
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known?.idempotency !== undefined && known.idempotency.until > given.createdAt) {
      if (known.idempotency.fingerprint !== idempotency?.fingerprint) return { type: "mismatch" };
      return { type: "exists", job: known.job };
    }
    if (this.#rows.size >= this.#most) return { type: "full", limit: this.#most };
    const row: Row = {
      job: { ...facts, state: "queued", version: 1, deliveries: 0 },
      request,
      idempotency,
      order: this.#accepted++,
      turn: this.#turns.of(given.priority).next(given.tenant),
      token: 0,
      publishedAt: undefined,
      announced: false,
    };
    this.#rows.set(given.id, row);
    if (key !== undefined) this.#keys.set(key, row);
    if (lease === undefined) return { type: "accepted", job: row.job };
    row.token = 1;
    row.job = { ...row.job, state: "running", deliveries: 1, startedAt: given.createdAt, lease: leaseOf(lease) };
    return { type: "accepted", job: row.job, hold: { id: given.id, token: 1 } };
  }

  async find(id: string, tenant?: string): Promise<Job | undefined> {
    return this.#row(id, tenant)?.job;
  }

  async lease(order: Parameters<JobStore["lease"]>[0]) {
    const { now, limit, ids, exceptModels = [] } = order;
    const wanted = ids === undefined ? [...this.#rows.values()] : ids.flatMap((id) => this.#rows.get(id) ?? []);
    const ready = wanted
      .filter(({ job }) => job.state === "queued" && job.notBefore <= now && job.expiresAt > now)
      .filter(({ job }) => !exceptModels.includes(job.model))
      .toSorted((a, b) => a.job.priority - b.job.priority || a.turn - b.turn || a.order - b.order)
      .slice(0, limit);
    return ready.map((row) => {
      this.#turns.of(row.job.priority).serve(row.turn);
      row.token++;
      this.#change(row, { state: "leased", deliveries: row.job.deliveries + 1, lease: leaseOf(order) });
      return { job: row.job, request: row.request, hold: { id: row.job.id, token: row.token } };
    });
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    return this.#rows.get(id)?.request;
  }

  async start(hold: JobHold, now: number): Promise<boolean> {
    const row = this.#held(hold);
    if (row === undefined) return false;
    if (row.job.state === "leased") this.#change(row, { state: "running", startedAt: row.job.startedAt ?? now });
    return true;
  }

  async renew(hold: JobHold, until: number) {
    const row = this.#held(hold);
    if (row === undefined) {
      const known = this.#rows.get(hold.id);
      return known?.job.state === "cancelled" && known.token === hold.token ? "cancelled" : "lost";
    }
    row.job = { ...row.job, lease: { owner: row.job.lease?.owner ?? "", until } };
    return "held";
  }

  async complete(...[hold, result, keeping]: Parameters<JobStore["complete"]>): Promise<boolean> {
    return this.#endHeld(hold, keeping, { state: "succeeded", result, error: undefined });
  }

  async fail(...[hold, error, keeping, result]: Parameters<JobStore["fail"]>): Promise<boolean> {
    return this.#endHeld(hold, keeping, { state: "failed", error, result });
  }

  async release(...[hold, { notBefore, counts, error }]: Parameters<JobStore["release"]>): Promise<boolean> {
    const row = this.#held(hold);
    if (row === undefined) return false;
    this.#requeue(row, { notBefore, error: error ?? row.job.error, deliveries: row.job.deliveries - (counts ? 0 : 1) });
    return true;
  }

  async discard(hold: JobHold): Promise<boolean> {
    const row = this.#held(hold);
    if (row?.job.kind !== "live") return false;
    this.#forget(row);
    return true;
  }

  async cancel(...[id, keeping, tenant]: Parameters<JobStore["cancel"]>): Promise<Job | undefined> {
    const row = this.#row(id, tenant);
    if (row !== undefined && !isEnded(row.job.state)) this.#end(row, keeping, { state: "cancelled" });
    return row?.job;
  }

  async forget(id: string, tenant: string): Promise<boolean> {
    const row = this.#row(id, tenant);
    if (row === undefined || !isEnded(row.job.state)) return false;
    this.#forget(row);
    return true;
  }

  async forgetTenant(tenant: string, limit: number): Promise<number> {
    const theirs = [...this.#rows.values()].filter(({ job }) => job.tenant === tenant).slice(0, limit);
    for (const row of theirs) this.#forget(row);
    return theirs.length;
  }

  async redrive(...[id, { now, expiresAt }, tenant]: Parameters<JobStore["redrive"]>): Promise<Job | undefined> {
    const row = this.#row(id, tenant);
    if (row === undefined) return undefined;
    if (row.job.state === "failed" || row.job.state === "expired") {
      row.announced = false;
      const afresh = { deliveries: 0, expiresAt, error: undefined, result: undefined };
      this.#requeue(row, { ...afresh, endedAt: undefined, keptUntil: undefined, notBefore: now });
    }
    return row.job;
  }

  async sweep(order: SweepOrder) {
    const swept = { expired: [] as string[], requeued: [] as string[], deadLettered: [] as string[] };
    const { now, limit } = order;
    for (const row of this.#rows.values()) {
      const { job } = row;
      if (job.state === "queued") {
        if (job.expiresAt > now || swept.expired.length >= limit) continue;
        this.#end(row, order, { state: "expired", error: job.error ?? EXPIRED });
        swept.expired.push(job.id);
      } else if (!isEnded(job.state) && (job.lease?.until ?? 0) <= now) {
        this.#takeBack(row, order, swept);
      }
    }
    return swept;
  }

  async list({ tenant, states, group, after, limit, withResults = false }: Parameters<JobStore["list"]>[0]) {
    const from = after === undefined ? Number.POSITIVE_INFINITY : (this.#row(after, tenant)?.order ?? -1);
    const matching = [...this.#rows.values()].filter(
      ({ job, order }) =>
        job.kind === "ticket" &&
        order < from &&
        (tenant === undefined || job.tenant === tenant) &&
        (states === undefined || states.includes(job.state)) &&
        (group === undefined || job.group === group),
    );
    const page = matching.toSorted((a, b) => b.order - a.order).slice(0, limit);
    return { jobs: page.map(({ job }) => (withResults ? job : withoutResult(job))), hasMore: matching.length > limit };
  }

  async counts(tenant?: string): Promise<JobCounts> {
    return countTickets(this.#rows.values(), (job) => tenant === undefined || job.tenant === tenant);
  }

  async groupCounts(group: string): Promise<JobCounts> {
    return countTickets(this.#rows.values(), (job) => job.group === group);
  }

  async unpublished({ now, before, limit }: Parameters<JobStore["unpublished"]>[0]) {
    return [...this.#rows.values()]
      .filter(({ job, publishedAt }) => job.state === "queued" && job.notBefore <= now && (publishedAt ?? 0) < before)
      .toSorted((a, b) => (a.publishedAt ?? 0) - (b.publishedAt ?? 0) || a.order - b.order)
      .slice(0, limit)
      .map(({ job: { id, priority } }) => ({ id, priority }));
  }

  async published(ids: readonly string[], now: number): Promise<void> {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row !== undefined) row.publishedAt = now;
    }
  }

  async unannounced(limit: number): Promise<readonly Job[]> {
    return [...this.#rows.values()]
      .filter(({ job, announced }) => job.kind === "ticket" && isEnded(job.state) && !announced)
      .map(({ job }) => job)
      .toSorted((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
      .slice(0, limit);
  }

  async announced(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row !== undefined) row.announced = true;
    }
  }

  async purge({ now, limit }: { readonly now: number; readonly limit: number }): Promise<number> {
    const old = [...this.#rows.values()].filter(({ job }) => isEnded(job.state) && (job.keptUntil ?? 0) <= now);
    for (const row of old.slice(0, limit)) this.#forget(row);
    return Math.min(old.length, limit);
  }

  async close(): Promise<void> {}

  #row(id: string, tenant: string | undefined): Row | undefined {
    const row = this.#rows.get(id);
    return tenant === undefined || row?.job.tenant === tenant ? row : undefined;
  }

  /** The row, if the hold is its latest and the job has not ended. */
  #held({ id, token }: JobHold): Row | undefined {
    const row = this.#rows.get(id);
    const works = row?.job.state === "leased" || row?.job.state === "running";
    return works && row?.token === token ? row : undefined;
  }

  #takeBack(
    row: Row,
    order: SweepOrder,
    swept: { readonly requeued: string[]; readonly deadLettered: string[] },
  ): void {
    const { id, kind, deliveries, state } = row.job;
    const { now, limit, maxDeliveries, delaysMs = [] } = order;
    const unbegun = state === "leased";
    if (kind === "live") this.#forget(row);
    else if (unbegun || deliveries < maxDeliveries) {
      if (swept.requeued.length >= limit) return;
      const delayMs = unbegun ? 0 : (delaysMs[deliveries - 1] ?? 0);
      this.#requeue(row, { notBefore: now + delayMs, deliveries: deliveries - (unbegun ? 1 : 0) });
      swept.requeued.push(id);
    } else if (swept.deadLettered.length < limit) {
      this.#end(row, order, { state: "failed", error: { ...(row.job.error ?? WORKER_LOST), deadLetter: true } });
      swept.deadLettered.push(id);
    }
  }

  #endHeld(hold: JobHold, keeping: Keeping, changes: Changes): boolean {
    const row = this.#held(hold);
    if (row === undefined) return false;
    this.#end(row, keeping, changes);
    return true;
  }

  #end(row: Row, keeping: Keeping, changes: Changes): void {
    const { key = "", until = 0 } = row.idempotency ?? {};
    const keptUntil = Math.max(keeping.keptUntil, key.startsWith(CALLERS_KEY) ? until : 0);
    this.#change(row, { ...changes, endedAt: keeping.now, keptUntil, lease: undefined });
  }

  /** The job waits again, and keeps its turn. */
  #requeue(row: Row, changes: Changes): void {
    row.publishedAt = undefined;
    this.#change(row, { ...changes, state: "queued", lease: undefined });
  }

  #change(row: Row, changes: Changes): void {
    const changed = { ...row.job, ...changes, version: row.job.version + 1 };
    row.job = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)) as unknown as Job;
  }

  #forget(row: Row): void {
    this.#rows.delete(row.job.id);
    if (row.idempotency === undefined) return;
    const key = keyOf(row.job.tenant, row.idempotency.key);
    if (this.#keys.get(key) === row) this.#keys.delete(key);
  }
}
