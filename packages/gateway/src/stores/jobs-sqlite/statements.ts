import { CALLERS_KEY } from "tideover/engine";
import { JOB_COLUMNS } from "../jobs/rows.ts";

/*
 * Every statement of the job store. Conditions on the state repeat the words of the partial indexes, or SQLite would
 * not use them.
 */

const HELD = "id = ? AND token = ? AND state IN ('leased', 'running')";
const NOT_ENDED = "state IN ('queued', 'leased', 'running')";
const OF_TENANT = "id = ? AND tenant = coalesce(?, tenant)";
const UNHELD = "owner = NULL, lease_until = NULL";
const LOST = "state IN ('leased', 'running') AND lease_until <= ? AND kind = 'ticket'";
const LISTED = "SELECT value FROM json_each(?)";
/** Until when an ended job is kept: as is said, and no less than the key is remembered that its caller chose. */
const KEPT_UNTIL = `max(?, iif(substr(idempotency_key, 1, ${CALLERS_KEY.length}) = '${CALLERS_KEY}', idempotency_until, 0))`;

/** Jobs with the columns of their answers. */
export const JOBS_WITH_RESULTS = `SELECT ${JOB_COLUMNS.split(", ")
  .map((column) => `jobs.${column}`)
  .join(", ")},
  jobs.fingerprint, jobs.idempotency_until, job_results.status AS result_status, job_results.body AS result_body,
  job_results.provenance AS result_provenance
  FROM jobs LEFT JOIN job_results ON job_results.seq = jobs.seq`;

export const END_ALL_LEASES = "UPDATE jobs SET lease_until = 0 WHERE state IN ('leased', 'running')";

export const TURNS = `SELECT tenant, priority, max(turn) AS turn FROM jobs WHERE state = 'queued' AND delayed = 0
  GROUP BY tenant, priority`;

export const FORGET_OLD_KEY = `UPDATE jobs SET idempotency_key = NULL
  WHERE tenant = ? AND idempotency_key = ? AND idempotency_until <= ?`;

export const INSERT_JOB = `INSERT INTO jobs (seq, id, kind, tenant, key_name, operation, model, priority, job_group, tag,
  idempotency_key, fingerprint, idempotency_until, created_at, not_before, expires_at, state, version, token, deliveries,
  owner, lease_until, started_at, turn, delayed)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING RETURNING ${JOB_COLUMNS}`;

export const INSERT_REQUEST = "INSERT INTO job_requests (request, seq) SELECT ?, seq FROM jobs WHERE seq = ?";

export const FIND = `${JOBS_WITH_RESULTS} WHERE jobs.id = ?`;

export const FIND_BY_KEY = `${JOBS_WITH_RESULTS} WHERE jobs.tenant = ? AND jobs.idempotency_key = ?`;

/** Some at a time: a cheap hour may begin for a hundred thousand jobs at once. */
export const END_DELAYS = `UPDATE jobs SET delayed = 0 WHERE seq IN (SELECT seq FROM jobs
  WHERE state = 'queued' AND delayed = 1 AND not_before <= ? ORDER BY not_before LIMIT 1000)`;

const TAKE = `UPDATE jobs SET state = 'leased', token = token + 1, version = version + 1, deliveries = deliveries + 1,
  owner = ?, lease_until = ?`;

export const LEASE_NEXT = `${TAKE} WHERE seq IN (SELECT seq FROM jobs
  WHERE state = 'queued' AND delayed = 0 AND expires_at > ? AND model NOT IN (${LISTED})
  ORDER BY priority, turn, seq LIMIT ?) RETURNING ${JOB_COLUMNS}`;

export const LEASE_THESE = `${TAKE} WHERE seq IN (SELECT seq FROM jobs WHERE id IN (${LISTED})
  AND state = 'queued' AND not_before <= ? AND expires_at > ? AND model NOT IN (${LISTED}) ORDER BY priority, turn, seq LIMIT ?) RETURNING ${JOB_COLUMNS}`;

export const START = `UPDATE jobs SET version = version + (state = 'leased'), state = 'running',
  started_at = coalesce(started_at, ?) WHERE ${HELD}`;

export const RENEW = `UPDATE jobs SET lease_until = ? WHERE ${HELD}`;

export const END_HELD = `UPDATE jobs SET state = ?, error = ?, ended_at = ?, kept_until = ${KEPT_UNTIL},
  version = version + 1, ${UNHELD} WHERE ${HELD}`;

export const KEEP_RESULT = `INSERT OR IGNORE INTO job_results (seq, status, body, provenance)
  SELECT seq, ?, ?, ? FROM jobs WHERE id = ? AND token = ? AND state = ?`;

export const RELEASE = `UPDATE jobs SET state = 'queued', not_before = ?, delayed = ?, deliveries = deliveries - ?,
  error = coalesce(?, error), published_at = 0, version = version + 1, ${UNHELD} WHERE ${HELD}`;

export const DISCARD = `DELETE FROM jobs WHERE ${HELD} AND kind = 'live'`;

export const CANCEL = `UPDATE jobs SET state = 'cancelled', ended_at = ?, kept_until = ${KEPT_UNTIL},
  version = version + 1, ${UNHELD} WHERE ${OF_TENANT} AND ${NOT_ENDED}`;

export const FORGET = `DELETE FROM jobs WHERE ${OF_TENANT} AND NOT (${NOT_ENDED})`;

/** Tickets have an index by tenant; for the others the table is gone through, once no ticket is left to fill the limit. */
export const FORGET_TENANT = `DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE tenant = ?1 AND kind = 'ticket'
  UNION ALL SELECT seq FROM jobs WHERE tenant = ?1 AND kind = 'live' LIMIT ?2)`;

export const FORGET_RESULT = `DELETE FROM job_results WHERE seq IN (SELECT seq FROM jobs
  WHERE ${OF_TENANT} AND state IN ('failed', 'expired'))`;

export const REDRIVE = `UPDATE jobs SET state = 'queued', deliveries = 0, not_before = ?, delayed = 0, expires_at = ?,
  error = NULL, ended_at = NULL, kept_until = NULL, published_at = 0, announced = 0, version = version + 1
  WHERE ${OF_TENANT} AND state IN ('failed', 'expired')`;

export const EXPIRE = `UPDATE jobs SET state = 'expired', ended_at = ?, kept_until = ${KEPT_UNTIL},
  error = coalesce(error, ?), version = version + 1 WHERE seq IN (SELECT seq FROM jobs
  WHERE state = 'queued' AND expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING id`;

/** How long a job waits whose worker is lost; the delays are a JSON array. */
const LOST_DELAY = "iif(state = 'leased', 0, coalesce(json_extract(?, '$[' || (deliveries - 1) || ']'), 0))";

export const REQUEUE_LOST = `UPDATE jobs SET state = 'queued', not_before = ? + ${LOST_DELAY}, delayed = ${LOST_DELAY} > 0,
  deliveries = deliveries - (state = 'leased'), published_at = 0, version = version + 1, ${UNHELD}
  WHERE seq IN (SELECT seq FROM jobs
  WHERE ${LOST} AND (state = 'leased' OR deliveries < ?) ORDER BY lease_until LIMIT ?) RETURNING id`;

export const BURY_LOST = `UPDATE jobs SET state = 'failed', ended_at = ?, kept_until = ${KEPT_UNTIL},
  error = json_set(coalesce(error, ?), '$.deadLetter', json('true')), version = version + 1, ${UNHELD}
  WHERE seq IN (SELECT seq FROM jobs WHERE ${LOST} AND state = 'running' AND deliveries >= ? ORDER BY lease_until LIMIT ?) RETURNING id`;

export const FORGET_LOST = `DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs
  WHERE state IN ('leased', 'running') AND lease_until <= ? AND kind = 'live' LIMIT ?)`;

export const OLDEST = "SELECT created_at FROM jobs WHERE state = 'queued' AND kind = 'ticket' ORDER BY seq LIMIT 1";

export const OLDEST_OF = `SELECT created_at FROM jobs WHERE tenant = ? AND state = 'queued' AND kind = 'ticket'
  ORDER BY seq LIMIT 1`;

export const UNPUBLISHED = `SELECT id, priority FROM jobs WHERE state = 'queued' AND delayed = 0 AND published_at < ?
  ORDER BY published_at, seq LIMIT ?`;

export const PUBLISHED = `UPDATE jobs SET published_at = ? WHERE id IN (${LISTED})`;

export const UNANNOUNCED = `SELECT ${JOB_COLUMNS} FROM jobs
  WHERE ended_at IS NOT NULL AND announced = 0 AND kind = 'ticket' ORDER BY ended_at LIMIT ?`;

export const ANNOUNCED = `UPDATE jobs SET announced = 1 WHERE id IN (${LISTED})`;

export const PURGE = `DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs
  WHERE kept_until IS NOT NULL AND kept_until <= ? ORDER BY kept_until LIMIT ?)`;

export const PURGE_COUNTS = "DELETE FROM job_counts WHERE jobs = 0";
