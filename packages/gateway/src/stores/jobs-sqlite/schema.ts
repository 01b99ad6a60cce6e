import type { Migration } from "../embedded/index.ts";

/*
 * Requests and answers stand in tables of their own: a job's row changes four times in its life, and SQLite writes a
 * row whole. Every index but those on the id is partial, so that ended jobs cost a waiting one nothing. Counts are kept
 * by triggers: counting a hundred thousand rows would hold up the request thread.
 */
const FIRST = `
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  tenant TEXT NOT NULL,
  key_name TEXT,
  operation TEXT NOT NULL,
  model TEXT NOT NULL,
  priority INTEGER NOT NULL,
  job_group TEXT,
  tag TEXT,
  idempotency_key TEXT,
  fingerprint TEXT,
  idempotency_until INTEGER,
  created_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  token INTEGER NOT NULL,
  owner TEXT,
  lease_until INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  kept_until INTEGER,
  error TEXT,
  turn INTEGER NOT NULL,
  delayed INTEGER NOT NULL,
  published_at INTEGER NOT NULL DEFAULT 0,
  announced INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE job_requests (
  seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
  request BLOB NOT NULL
);
CREATE TABLE job_results (
  seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  provenance TEXT
);
CREATE UNIQUE INDEX jobs_idempotent ON jobs (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_ready ON jobs (priority, turn, seq) WHERE state = 'queued' AND delayed = 0;
CREATE INDEX jobs_delayed ON jobs (not_before) WHERE state = 'queued' AND delayed = 1;
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE state = 'queued';
CREATE INDEX jobs_unpublished ON jobs (published_at, seq) WHERE state = 'queued' AND delayed = 0;
CREATE INDEX jobs_queued ON jobs (seq) WHERE state = 'queued' AND kind = 'ticket';
CREATE INDEX jobs_held ON jobs (lease_until) WHERE state IN ('leased', 'running');
CREATE INDEX jobs_kept ON jobs (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX jobs_unannounced ON jobs (ended_at) WHERE ended_at IS NOT NULL AND announced = 0 AND kind = 'ticket';
CREATE INDEX jobs_of_tenant ON jobs (tenant, state, seq) WHERE kind = 'ticket';
CREATE INDEX jobs_of_group ON jobs (job_group, seq) WHERE job_group IS NOT NULL;

CREATE TABLE job_counts (
  scope TEXT NOT NULL,
  state TEXT NOT NULL,
  jobs INTEGER NOT NULL,
  PRIMARY KEY (scope, state)
) WITHOUT ROWID;
CREATE TRIGGER jobs_come AFTER INSERT ON jobs WHEN NEW.kind = 'ticket' BEGIN
  INSERT INTO job_counts VALUES ('', NEW.state, 1), ('t:' || NEW.tenant, NEW.state, 1)
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
  INSERT INTO job_counts SELECT 'g:' || NEW.job_group, NEW.state, 1 WHERE NEW.job_group IS NOT NULL
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER jobs_move AFTER UPDATE OF state ON jobs WHEN NEW.kind = 'ticket' AND OLD.state <> NEW.state BEGIN
  UPDATE job_counts SET jobs = jobs - 1
    WHERE scope IN ('', 't:' || OLD.tenant, 'g:' || OLD.job_group) AND state = OLD.state;
  INSERT INTO job_counts VALUES ('', NEW.state, 1), ('t:' || NEW.tenant, NEW.state, 1)
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
  INSERT INTO job_counts SELECT 'g:' || NEW.job_group, NEW.state, 1 WHERE NEW.job_group IS NOT NULL
    ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER jobs_go AFTER DELETE ON jobs WHEN OLD.kind = 'ticket' BEGIN
  UPDATE job_counts SET jobs = jobs - 1
    WHERE scope IN ('', 't:' || OLD.tenant, 'g:' || OLD.job_group) AND state = OLD.state;
END;
`;

/** All that ever changed the schema of the jobs' database, oldest first. */
export const JOB_MIGRATIONS: readonly Migration[] = [FIRST];
