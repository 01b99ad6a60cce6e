/** One step of the schema: SQL that is run once, in order, in one transaction with the number it leaves behind. */
type Migration = string;

/*
 * Requests and answers stand in tables of their own: a job's row changes four times in its life, and an update writes
 * the row anew. Every index but those on the id is partial, so that ended jobs cost a waiting one nothing.
 *
 * Counts: counting a million rows is slow, and a counter that every change updates is a lock that every change waits
 * for. So triggers note each change (`tideover_job_moves`, insertions only, which wait for nobody), and now and then the
 * notes are folded into `tideover_job_counts`; the count is the sum of both.
 */
const FIRST = `
CREATE TABLE tideover_jobs (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  kind text NOT NULL,
  tenant text NOT NULL,
  key_name text,
  operation text NOT NULL,
  model text NOT NULL,
  priority integer NOT NULL,
  job_group text,
  tag text,
  idempotency_key text,
  fingerprint text,
  idempotency_until bigint,
  created_at bigint NOT NULL,
  not_before bigint NOT NULL,
  expires_at bigint NOT NULL,
  state text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  deliveries integer NOT NULL,
  token bigint NOT NULL,
  owner text,
  lease_until bigint,
  started_at bigint,
  ended_at bigint,
  kept_until bigint,
  error text,
  turn bigint NOT NULL,
  delayed boolean NOT NULL,
  published_at bigint NOT NULL DEFAULT 0,
  announced boolean NOT NULL DEFAULT false
);
CREATE TABLE tideover_job_requests (
  seq bigint PRIMARY KEY REFERENCES tideover_jobs (seq) ON DELETE CASCADE,
  request bytea NOT NULL
);
CREATE TABLE tideover_job_results (
  seq bigint PRIMARY KEY REFERENCES tideover_jobs (seq) ON DELETE CASCADE,
  status integer NOT NULL,
  body text NOT NULL,
  provenance text
);
CREATE UNIQUE INDEX tideover_jobs_idempotent ON tideover_jobs (tenant, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX tideover_jobs_ready ON tideover_jobs (priority, turn, seq) WHERE state = 'queued' AND NOT delayed;
CREATE INDEX tideover_jobs_turns ON tideover_jobs (tenant, priority, turn) WHERE state = 'queued';
CREATE INDEX tideover_jobs_delayed ON tideover_jobs (not_before) WHERE state = 'queued' AND delayed;
CREATE INDEX tideover_jobs_expiring ON tideover_jobs (expires_at) WHERE state = 'queued';
CREATE INDEX tideover_jobs_unpublished ON tideover_jobs (published_at, seq) WHERE state = 'queued' AND NOT delayed;
CREATE INDEX tideover_jobs_queued ON tideover_jobs (seq) WHERE state = 'queued' AND kind = 'ticket';
CREATE INDEX tideover_jobs_held ON tideover_jobs (lease_until) WHERE state IN ('leased', 'running');
CREATE INDEX tideover_jobs_kept ON tideover_jobs (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX tideover_jobs_unannounced ON tideover_jobs (ended_at)
  WHERE ended_at IS NOT NULL AND NOT announced AND kind = 'ticket';
CREATE INDEX tideover_jobs_of_tenant ON tideover_jobs (tenant, state, seq) WHERE kind = 'ticket';
CREATE INDEX tideover_jobs_of_group ON tideover_jobs (job_group, seq) WHERE job_group IS NOT NULL;

CREATE TABLE tideover_job_moves (
  tenant text NOT NULL,
  job_group text,
  state text NOT NULL,
  jobs bigint NOT NULL
);
CREATE TABLE tideover_job_counts (
  scope text NOT NULL,
  state text NOT NULL,
  jobs bigint NOT NULL,
  PRIMARY KEY (scope, state)
);
CREATE FUNCTION tideover_note_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tideover_job_moves SELECT tenant, job_group, state, count(*) FROM new_jobs
      WHERE kind = 'ticket' GROUP BY 1, 2, 3;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO tideover_job_moves SELECT tenant, job_group, state, -count(*) FROM old_jobs
      WHERE kind = 'ticket' GROUP BY 1, 2, 3;
  ELSE
    INSERT INTO tideover_job_moves SELECT tenant, job_group, state, sum(jobs) FROM (
        SELECT tenant, job_group, state, 1 AS jobs FROM new_jobs WHERE kind = 'ticket'
        UNION ALL SELECT tenant, job_group, state, -1 FROM old_jobs WHERE kind = 'ticket'
      ) AS changes GROUP BY 1, 2, 3 HAVING sum(jobs) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tideover_jobs_come AFTER INSERT ON tideover_jobs REFERENCING NEW TABLE AS new_jobs
  FOR EACH STATEMENT EXECUTE FUNCTION tideover_note_jobs();
CREATE TRIGGER tideover_jobs_move AFTER UPDATE ON tideover_jobs REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs
  FOR EACH STATEMENT EXECUTE FUNCTION tideover_note_jobs();
CREATE TRIGGER tideover_jobs_go AFTER DELETE ON tideover_jobs REFERENCING OLD TABLE AS old_jobs
  FOR EACH STATEMENT EXECUTE FUNCTION tideover_note_jobs();
`;

/** All that ever changed the schema of the jobs' tables, oldest first. */
export const POSTGRES_JOB_MIGRATIONS: readonly Migration[] = [FIRST];
