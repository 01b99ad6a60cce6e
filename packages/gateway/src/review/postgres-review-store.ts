import type { ReviewEntry, ReviewEntryDetail, ReviewState } from "../admin/review-types.ts";
import type { SqlRow } from "../stores/embedded/index.ts";
import type { PostgresLink, PostgresSchema } from "../stores/jobs-postgres/index.ts";
import { DECIDED_KEPT_MS, MOST_DECIDED, MOST_TICKETS, MOST_WAITING } from "./defaults.ts";
import {
  countsFrom,
  type Decided,
  detailFrom,
  entryFrom,
  type KeptEntry,
  keptFrom,
  type NewEntry,
  type OpenedTicket,
  type ReviewStore,
} from "./review-store.ts";

const FIRST = `
CREATE TABLE tideover_review_entries (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  key text NOT NULL,
  state text NOT NULL,
  tenant text NOT NULL,
  route text NOT NULL,
  model text NOT NULL,
  operation text NOT NULL,
  rung text NOT NULL,
  question text NOT NULL,
  original text NOT NULL,
  answer text NOT NULL,
  request bytea NOT NULL,
  given bigint NOT NULL,
  first_given_at bigint NOT NULL,
  last_given_at bigint NOT NULL,
  tickets text[] NOT NULL DEFAULT '{}',
  decided_at bigint,
  decided_by text
);
CREATE INDEX tideover_review_by_state ON tideover_review_entries (state, seq);
CREATE INDEX tideover_review_by_key ON tideover_review_entries (key);
CREATE INDEX tideover_review_by_tenant ON tideover_review_entries (tenant);
CREATE TABLE tideover_review_events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry text NOT NULL REFERENCES tideover_review_entries (id) ON DELETE CASCADE,
  at bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  text text,
  effect text
);
CREATE INDEX tideover_review_events_of ON tideover_review_events (entry, seq);
CREATE TABLE tideover_review_counters (name text PRIMARY KEY, value bigint NOT NULL);
INSERT INTO tideover_review_counters VALUES ('dropped', 0);
`;

/** The tables of a shared review inbox. */
export const REVIEW_SCHEMA: PostgresSchema = { table: "tideover_review_schema", migrations: [FIRST] };

/** A decision that no longer stands, because its answer is not stored any more and the old text is given again. */
const REOPENED = `known.state IN ('edited', 'regenerated', 'superseded')
  AND excluded.first_given_at > coalesce(known.decided_at, 0)`;

const INSERT = `
WITH put AS (
  INSERT INTO tideover_review_entries AS known (id, key, state, tenant, route, model, operation, rung, question, original,
    answer, request, given, first_given_at, last_given_at)
  VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13)
  ON CONFLICT (id) DO UPDATE SET given = known.given + excluded.given,
    last_given_at = greatest(known.last_given_at, excluded.last_given_at),
    answer = CASE WHEN ${REOPENED} THEN known.original ELSE known.answer END,
    state = CASE WHEN ${REOPENED} THEN 'waiting' ELSE known.state END
  RETURNING id, xmax = 0 AS is_new)
INSERT INTO tideover_review_events (entry, at, actor, action) SELECT id, $12, 'tideover', 'received' FROM put WHERE is_new`;

const NOTE_TICKET = `
UPDATE tideover_review_entries SET tickets = array_append(tickets, $1)
WHERE key = $2 AND state = 'waiting' AND cardinality(tickets) < $3 AND NOT $1 = ANY (tickets)`;

const MAKE_ROOM = `
WITH surplus AS (
  DELETE FROM tideover_review_entries WHERE seq IN (SELECT seq FROM tideover_review_entries
    WHERE state = 'waiting' ORDER BY last_given_at DESC OFFSET $1) RETURNING seq),
old AS (
  DELETE FROM tideover_review_entries WHERE state <> 'waiting' AND (decided_at < $2 OR seq IN (
    SELECT seq FROM tideover_review_entries WHERE state <> 'waiting' ORDER BY decided_at DESC OFFSET $3)) RETURNING seq)
UPDATE tideover_review_counters SET value = value + $4 + (SELECT count(*) FROM surplus) WHERE name = 'dropped'`;

const DECIDE = `
WITH decided AS (
  UPDATE tideover_review_entries SET state = $2, decided_at = $3, decided_by = $4, answer = coalesce($6::text, answer)
  WHERE id = $1 AND state <> 'superseded' RETURNING id)
INSERT INTO tideover_review_events (entry, at, actor, action, text) SELECT id, $3, $4, $5, $6::text FROM decided`;

const SUPERSEDE = `
WITH superseded AS (
  UPDATE tideover_review_entries SET state = 'superseded', decided_at = $2, decided_by = 'tideover'
  WHERE key = ANY ($1::text[]) AND state = 'waiting' RETURNING id)
INSERT INTO tideover_review_events (entry, at, actor, action) SELECT id, $2, 'tideover', 'supersede' FROM superseded`;

const NOTE_EFFECT = `
UPDATE tideover_review_events SET effect = $1 WHERE seq = (SELECT max(seq) FROM tideover_review_events WHERE entry = $2)`;

/** The review inbox in PostgreSQL, shared by as many gateways as like to: the same text for the same request is one entry. */
export class PostgresReviewStore implements ReviewStore {
  readonly isShared = true;
  readonly #link: PostgresLink;

  constructor(link: PostgresLink) {
    this.#link = link;
  }

  async add(
    entries: readonly NewEntry[],
    tickets: readonly OpenedTicket[],
    dropped: number,
    now: number,
  ): Promise<void> {
    for (const entry of entries) {
      const { id, key, tenant, route, model, operation, rung, question, text, request, given } = entry;
      const times = [Math.floor(entry.firstGivenAt), Math.floor(entry.lastGivenAt)];
      const values = [id, key, tenant, route, model, operation, rung, question, text, request, given, ...times];
      await this.#link.run(INSERT, values);
    }
    for (const { key, jobId } of tickets) await this.#link.run(NOTE_TICKET, [jobId, key, MOST_TICKETS]);
    await this.#link.run(MAKE_ROOM, [MOST_WAITING, Math.floor(now - DECIDED_KEPT_MS), MOST_DECIDED, dropped]);
  }

  async list(
    state: ReviewState | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly ReviewEntry[]> {
    const sql = `SELECT * FROM tideover_review_entries WHERE state = coalesce($1::text, state) AND ($2::text IS NULL
      OR seq < (SELECT seq FROM tideover_review_entries WHERE id = $2)) ORDER BY seq DESC LIMIT $3`;
    const { rows } = await this.#link.run(sql, [state ?? null, after ?? null, limit]);
    return rows.map((row) => entryFrom(row, ticketsOf(row)));
  }

  async find(id: string): Promise<KeptEntry | undefined> {
    const { rows } = await this.#link.run("SELECT * FROM tideover_review_entries WHERE id = $1", [id]);
    return rows[0] === undefined ? undefined : keptFrom(rows[0], ticketsOf(rows[0]));
  }

  async detail(id: string): Promise<ReviewEntryDetail | undefined> {
    const kept = await this.find(id);
    if (kept === undefined) return undefined;
    const sql = "SELECT * FROM tideover_review_events WHERE entry = $1 ORDER BY seq LIMIT 1000";
    return detailFrom(kept, (await this.#link.run(sql, [id])).rows);
  }

  async counts(): Promise<Record<ReviewState, number>> {
    const sql = "SELECT state, count(*) AS count FROM tideover_review_entries GROUP BY state";
    return countsFrom((await this.#link.run(sql)).rows);
  }

  async dropped(): Promise<number> {
    const sql = "SELECT value FROM tideover_review_counters WHERE name = 'dropped'";
    return Number((await this.#link.run(sql)).rows[0]?.value ?? 0);
  }

  async waitingKeys(): Promise<readonly string[]> {
    const sql = "SELECT DISTINCT key FROM tideover_review_entries WHERE state = 'waiting' LIMIT $1";
    return (await this.#link.run(sql, [MOST_WAITING])).rows.map(({ key }) => String(key));
  }

  async decide(id: string, { state, at, by, action, text }: Decided): Promise<boolean> {
    return (await this.#link.run(DECIDE, [id, state, at, by, action, text ?? null])).count === 1;
  }

  async noteEffect(id: string, effect: string): Promise<void> {
    await this.#link.run(NOTE_EFFECT, [effect, id]);
  }

  async supersede(keys: readonly string[], now: number): Promise<void> {
    await this.#link.run(SUPERSEDE, [keys, Math.floor(now)]);
  }

  async erase(tenant: string): Promise<number> {
    return (await this.#link.run("DELETE FROM tideover_review_entries WHERE tenant = $1", [tenant])).count;
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** The client gives an array as one, which the type of rows, SQLite's, does not know. */
function ticketsOf(row: SqlRow): readonly string[] {
  const tickets: unknown = row.tickets;
  return Array.isArray(tickets) ? tickets.map(String) : [];
}
