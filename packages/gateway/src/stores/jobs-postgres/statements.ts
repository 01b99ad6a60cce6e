import { CALLERS_KEY } from "tideover/engine";
import { JOB_COLUMNS } from "../jobs/rows.ts";

/*
 * Every statement of the job store. Each is atomic by itself: what belongs together stands in one, as common table
 * expressions. Conditions on the state repeat the words of the partial indexes, or PostgreSQL would not use them. Rows
 * that another process has in its hands are passed over (SKIP LOCKED), so nobody waits and nobody deadlocks. Two wait, and
 * lock in the same order, so that they never meet crosswise: who leases jobs that were delivered to it (LEASE_THESE), and
 * who erases a tenant (FORGET_TENANT).
 */

const OF_JOB = JOB_COLUMNS.split(", ")
  .map((column) => `job.${column}`)
  .join(", ");
const HELD = "id = $1 AND token = $2 AND state IN ('leased', 'running')";
const NOT_ENDED = "state IN ('queued', 'leased', 'running')";
const UNHELD = "owner = NULL, lease_until = NULL";
const RISES = "version = job.version + 1";
const LOST = "state IN ('leased', 'running')";
const FAILED = "state IN ('failed', 'expired')";
/** Until when an ended job is kept: as is said, and no less than the key is remembered that its caller chose. */
const keptUntil = (said: string) =>
  `greatest(${said}::bigint, CASE WHEN starts_with(idempotency_key, '${CALLERS_KEY}') THEN idempotency_until END)`;

/** Jobs with the columns of their answers. */
export const JOBS_WITH_RESULTS = `SELECT ${OF_JOB}, job.fingerprint, job.idempotency_until,
  result.status AS result_status, result.body AS result_body, result.provenance AS result_provenance
  FROM tideover_jobs job LEFT JOIN tideover_job_results result ON result.seq = job.seq`;

export const JOBS_ALONE = `SELECT ${OF_JOB} FROM tideover_jobs job`;

/**
 * The turn comes after the tenant's latest waiting job of the urgency, and not before the first turn that still waits:
 * start-time fair queueing with equal shares (Goyal, Vin, Cheng 1996), without a counter that every process would wait for.
 */
export const INSERT_JOB = `WITH job AS (
    INSERT INTO tideover_jobs (id, kind, tenant, key_name, operation, model, priority, job_group, tag, idempotency_key,
      fingerprint, idempotency_until, created_at, not_before, expires_at, state, token, deliveries, owner, lease_until,
      started_at, delayed, turn)
    SELECT $1, $2, $3, $4, $5, $6, $7::integer, $8, $9, $10, $11, $12::bigint, $13::bigint, $14::bigint, $15::bigint, $16,
      $17::bigint, $17::integer, $18, $19::bigint, $20::bigint, $21::boolean, greatest(
        coalesce((SELECT max(turn) FROM tideover_jobs
          WHERE tenant = $3 AND priority = $7::integer AND state = 'queued'), 0) + 1,
        coalesce((SELECT turn FROM tideover_jobs WHERE state = 'queued' AND NOT delayed AND priority = $7::integer
          ORDER BY priority, turn, seq LIMIT 1), 1))
    ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING *),
  request AS (INSERT INTO tideover_job_requests SELECT seq, $22::bytea FROM job)
  SELECT ${OF_JOB} FROM job`;

export const FIND = `${JOBS_WITH_RESULTS} WHERE job.id = $1 AND job.tenant = coalesce($2::text, job.tenant)`;

export const FIND_BY_KEY = `${JOBS_WITH_RESULTS} WHERE job.tenant = $1 AND job.idempotency_key = $2`;

export const FORGET_OLD_KEY = `UPDATE tideover_jobs SET idempotency_key = NULL
  WHERE tenant = $1 AND idempotency_key = $2 AND idempotency_until <= $3`;

export const REQUEST = `SELECT request FROM tideover_job_requests JOIN tideover_jobs USING (seq) WHERE id = $1`;

/** Some at a time: a cheap hour may begin for a hundred thousand jobs at once. */
export const END_DELAYS = `UPDATE tideover_jobs SET delayed = false WHERE seq IN (SELECT seq FROM tideover_jobs
  WHERE state = 'queued' AND delayed AND not_before <= $1 ORDER BY not_before LIMIT 1000 FOR UPDATE SKIP LOCKED)`;

const TAKE = `, job AS (
    UPDATE tideover_jobs job SET state = 'leased', token = job.token + 1, ${RISES}, deliveries = job.deliveries + 1,
      owner = $1, lease_until = $2::bigint, delayed = false FROM next WHERE job.seq = next.seq RETURNING job.*)
  SELECT ${OF_JOB}, request.request FROM job JOIN tideover_job_requests request ON request.seq = job.seq
  ORDER BY job.priority, job.turn, job.seq`;

/** MATERIALIZED: chosen once. Within the update's own plan the rows might be chosen, and locked, again and again. */
export const LEASE_NEXT = `WITH next AS MATERIALIZED (
    SELECT seq FROM tideover_jobs WHERE state = 'queued' AND NOT delayed AND expires_at > $3 AND model <> ALL ($4::text[])
    ORDER BY priority, turn, seq LIMIT $5 FOR UPDATE SKIP LOCKED)${TAKE}`;

/**
 * Waits for who has a row in its hands: a delivery may be here before its publisher has noted that it was sent, and a job that
 * is passed over then lies until it is sent again, a minute later. Locks are taken in the order of leasing, which never
 * changes for a job.
 */
export const LEASE_THESE = `WITH next AS MATERIALIZED (
    SELECT seq FROM tideover_jobs WHERE id = ANY ($6::text[]) AND state = 'queued' AND not_before <= $3
      AND expires_at > $3 AND model <> ALL ($4::text[])
    ORDER BY priority, turn, seq LIMIT $5 FOR UPDATE)${TAKE}`;

export const START = `UPDATE tideover_jobs SET version = version + (state = 'leased')::integer, state = 'running',
  started_at = coalesce(started_at, $3) WHERE ${HELD}`;

export const RENEW = `UPDATE tideover_jobs SET lease_until = $3 WHERE ${HELD}`;

export const END_HELD = `WITH ended AS (
    UPDATE tideover_jobs SET state = $3, error = $4, ended_at = $5, kept_until = ${keptUntil("$6")},
      version = version + 1, ${UNHELD} WHERE ${HELD} RETURNING seq),
  kept AS (INSERT INTO tideover_job_results SELECT seq, $7::integer, $8::text, $9::text FROM ended
    WHERE $7::integer IS NOT NULL ON CONFLICT (seq) DO NOTHING)
  SELECT seq FROM ended`;

export const RELEASE = `UPDATE tideover_jobs SET state = 'queued', not_before = $3, delayed = $4,
  deliveries = deliveries - $5::integer, error = coalesce($6, error), published_at = 0, version = version + 1, ${UNHELD}
  WHERE ${HELD}`;

export const DISCARD = `DELETE FROM tideover_jobs WHERE ${HELD} AND kind = 'live'`;

export const CANCEL = `UPDATE tideover_jobs SET state = 'cancelled', ended_at = $3, kept_until = ${keptUntil("$4")},
  version = version + 1, ${UNHELD} WHERE id = $1 AND tenant = coalesce($2::text, tenant) AND ${NOT_ENDED}`;

export const FORGET = `DELETE FROM tideover_jobs WHERE id = $1 AND tenant = $2 AND NOT (${NOT_ENDED})`;

/**
 * Tickets have an index by tenant; for the others the table is gone through, once no ticket is left to fill the limit. It
 * waits for who has a row in its hands: what is passed over would not be erased. Locks are taken in LEASE_THESE's order.
 */
export const FORGET_TENANT = `WITH chosen AS MATERIALIZED (
    SELECT seq FROM tideover_jobs WHERE tenant = $1 AND kind = 'ticket'
    UNION ALL SELECT seq FROM tideover_jobs WHERE tenant = $1 AND kind = 'live' LIMIT $2),
  locked AS MATERIALIZED (SELECT seq FROM tideover_jobs WHERE seq IN (SELECT seq FROM chosen)
    ORDER BY priority, turn, seq FOR UPDATE)
  DELETE FROM tideover_jobs job USING locked WHERE job.seq = locked.seq`;

export const REDRIVE = `WITH again AS (
    UPDATE tideover_jobs SET state = 'queued', deliveries = 0, not_before = $3, delayed = false, expires_at = $4,
      error = NULL, ended_at = NULL, kept_until = NULL, published_at = 0, announced = false, version = version + 1
    WHERE id = $1 AND tenant = coalesce($2::text, tenant) AND ${FAILED} RETURNING seq)
  DELETE FROM tideover_job_results WHERE seq IN (SELECT seq FROM again)`;

/** All four choose different rows: queued ones, lost tickets with and without deliveries left, lost live requests. */
export const SWEEP = `WITH late AS MATERIALIZED (
    SELECT seq FROM tideover_jobs WHERE state = 'queued' AND expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED),
  lost AS MATERIALIZED (
    SELECT seq, kind = 'ticket' AND (state = 'leased' OR deliveries < $3) AS again, kind = 'ticket' AS ticket,
      (state = 'leased')::integer AS unbegun,
      CASE WHEN state = 'leased' THEN 0 ELSE coalesce(($7::bigint[])[deliveries], 0) END AS delay FROM tideover_jobs
    WHERE ${LOST} AND lease_until <= $1 ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED),
  expired AS (UPDATE tideover_jobs job SET state = 'expired', ended_at = $1, kept_until = ${keptUntil("$4")},
    error = coalesce(error, $5), ${RISES} FROM late WHERE job.seq = late.seq RETURNING job.id),
  requeued AS (UPDATE tideover_jobs job SET state = 'queued', not_before = $1 + lost.delay, delayed = lost.delay > 0,
    deliveries = job.deliveries - lost.unbegun, published_at = 0, ${RISES}, ${UNHELD} FROM lost WHERE job.seq = lost.seq AND lost.again RETURNING job.id),
  buried AS (UPDATE tideover_jobs job SET state = 'failed', ended_at = $1, kept_until = ${keptUntil("$4")},
    error = (coalesce(error, $6)::jsonb || '{"deadLetter":true}')::text, ${RISES}, ${UNHELD}
    FROM lost WHERE job.seq = lost.seq AND lost.ticket AND NOT lost.again RETURNING job.id),
  forgotten AS (DELETE FROM tideover_jobs job USING lost WHERE job.seq = lost.seq AND NOT lost.ticket)
  SELECT 'expired' AS what, id FROM expired UNION ALL SELECT 'requeued', id FROM requeued
  UNION ALL SELECT 'buried', id FROM buried`;

export const OLDEST = `SELECT created_at FROM tideover_jobs
  WHERE state = 'queued' AND kind = 'ticket' ORDER BY seq LIMIT 1`;

export const OLDEST_OF = `SELECT created_at FROM tideover_jobs
  WHERE tenant = $1 AND state = 'queued' AND kind = 'ticket' ORDER BY seq LIMIT 1`;

const COUNTED = "SELECT state, sum(jobs)::bigint AS jobs FROM";
const MOVED = "SELECT state, jobs FROM tideover_job_moves";

/** Both tables as they are at one moment. */
export const COUNT_ALL = `${COUNTED} (SELECT state, jobs FROM tideover_job_counts WHERE scope = ''
  UNION ALL ${MOVED}) AS counted GROUP BY state`;
export const COUNT_TENANT = `${COUNTED} (SELECT state, jobs FROM tideover_job_counts WHERE scope = 't:' || $1
  UNION ALL ${MOVED} WHERE tenant = $1) AS counted GROUP BY state`;
export const COUNT_GROUP = `${COUNTED} (SELECT state, jobs FROM tideover_job_counts WHERE scope = 'g:' || $1
  UNION ALL ${MOVED} WHERE job_group = $1) AS counted GROUP BY state`;

/** One process at a time; the others leave it to that one. $1 names the lock. */
export const FOLD_COUNTS = `WITH permit AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1) AS mine),
  moved AS (DELETE FROM tideover_job_moves WHERE (SELECT mine FROM permit) RETURNING *),
  scoped AS (
    SELECT '' AS scope, state, jobs FROM moved UNION ALL SELECT 't:' || tenant, state, jobs FROM moved
    UNION ALL SELECT 'g:' || job_group, state, jobs FROM moved WHERE job_group IS NOT NULL)
  INSERT INTO tideover_job_counts SELECT scope, state, sum(jobs) FROM scoped GROUP BY 1, 2 HAVING sum(jobs) <> 0
  ON CONFLICT (scope, state) DO UPDATE SET jobs = tideover_job_counts.jobs + excluded.jobs`;

export const FORGET_COUNTS = "DELETE FROM tideover_job_counts WHERE jobs = 0";

export const UNPUBLISHED = `SELECT id, priority FROM tideover_jobs
  WHERE state = 'queued' AND NOT delayed AND published_at < $1 ORDER BY published_at, seq LIMIT $2`;

export const PUBLISHED = `UPDATE tideover_jobs SET published_at = $2 WHERE seq IN (SELECT seq FROM tideover_jobs
  WHERE id = ANY ($1::text[]) AND state = 'queued' FOR UPDATE SKIP LOCKED)`;

export const UNANNOUNCED = `SELECT ${OF_JOB} FROM tideover_jobs job
  WHERE ended_at IS NOT NULL AND NOT announced AND kind = 'ticket' ORDER BY ended_at LIMIT $1`;

export const ANNOUNCED = `UPDATE tideover_jobs SET announced = true WHERE seq IN (SELECT seq FROM tideover_jobs
  WHERE id = ANY ($1::text[]) FOR UPDATE SKIP LOCKED)`;

export const PURGE = `DELETE FROM tideover_jobs WHERE seq IN (SELECT seq FROM tideover_jobs
  WHERE kept_until IS NOT NULL AND kept_until <= $1 ORDER BY kept_until LIMIT $2 FOR UPDATE SKIP LOCKED)`;
