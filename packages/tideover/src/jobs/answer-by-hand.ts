import type { Clock } from "../engine/clock.ts";
import type { JobResult } from "../engine/ports/job.ts";
import type { JobStore } from "../engine/ports/job-store.ts";
import { EXPIRES_MS, LEASE_MS } from "./defaults.ts";

/** What answering a job by hand works with. */
export interface ByHandParts {
  readonly store: JobStore;
  readonly clock: Clock;
  /** Names this process in leases. */
  readonly owner: string;
  readonly keepMs: number;
}

/**
 * What became of it: `answered`; `busy` when a worker is at it, whose live answer is on its way; `ended` when it has an
 * answer or was cancelled; `missing` when there is none of that tenant.
 */
export type ByHand = "answered" | "busy" | "ended" | "missing";

/**
 * Ends a waiting job, or one that failed, with an answer that a person gave. Like a worker it holds the job first, so
 * that of two answers one counts.
 * @throws what the store throws
 */
export async function answerByHand(
  { store, clock, owner, keepMs }: ByHandParts,
  id: string,
  tenant: string,
  result: JobResult,
): Promise<ByHand> {
  const now = clock.wallTime();
  let job = await store.find(id, tenant);
  if (job?.state === "failed" || job?.state === "expired") {
    job = await store.redrive(id, { now, expiresAt: now + EXPIRES_MS }, tenant);
  }
  if (job === undefined) return "missing";
  if (job.state === "leased" || job.state === "running") return "busy";
  if (job.state !== "queued") return "ended";
  // One that waits for a cheap hour, or for its next try, is taken before its time.
  const due = Math.max(now, job.notBefore);
  const [leased] = await store.lease({ owner, now: due, until: now + LEASE_MS, limit: 1, ids: [id] });
  if (leased === undefined) return "busy";
  const done = await store.complete(leased.hold, result, { now, keptUntil: now + keepMs });
  return done ? "answered" : "busy";
}
