import type { ReviewEntry, ReviewEntryDetail, ReviewState } from "../admin/review-types.ts";
import type { EmbeddedDatabase, SqlRow, Statement } from "../stores/embedded/index.ts";
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

/** A decision that no longer stands, because its answer is not stored any more and the old text is given again. */
const REOPENED = `state IN ('edited', 'regenerated', 'superseded') AND excluded.first_given_at > coalesce(decided_at, 0)`;

/** The review inbox in the data folder. */
export class SqliteReviewStore implements ReviewStore {
  readonly isShared = false;
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  async add(
    entries: readonly NewEntry[],
    tickets: readonly OpenedTicket[],
    dropped: number,
    now: number,
  ): Promise<void> {
    const counted: Statement = {
      sql: "UPDATE counters SET value = value + ? WHERE name = 'dropped'",
      params: [dropped],
    };
    await this.#database.writeTogether([
      ...entries.flatMap(inserting),
      ...tickets.map(noting),
      ...(dropped > 0 ? [counted] : []),
      ...makingRoom(now),
    ]);
  }

  async list(
    state: ReviewState | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly ReviewEntry[]> {
    const before =
      after === undefined
        ? Number.MAX_SAFE_INTEGER
        : Number(this.#database.readOne("SELECT seq FROM entries WHERE id = ?", [after])?.seq ?? 0);
    const where = state === undefined ? "" : "state = ? AND";
    const sql = `SELECT * FROM entries WHERE ${where} seq < ? ORDER BY seq DESC LIMIT ?`;
    const rows = this.#database.readAll(sql, [...(state === undefined ? [] : [state]), before, limit]);
    return rows.map((row) => entryFrom(row, ticketsOf(row)));
  }

  async find(id: string): Promise<KeptEntry | undefined> {
    const row = this.#database.readOne("SELECT * FROM entries WHERE id = ?", [id]);
    return row === undefined ? undefined : keptFrom(row, ticketsOf(row));
  }

  async detail(id: string): Promise<ReviewEntryDetail | undefined> {
    const kept = await this.find(id);
    if (kept === undefined) return undefined;
    const events = "SELECT * FROM events WHERE entry = ? ORDER BY seq LIMIT 1000";
    return detailFrom(kept, this.#database.readAll(events, [id]));
  }

  async counts(): Promise<Record<ReviewState, number>> {
    return countsFrom(this.#database.readAll("SELECT state, count(*) AS count FROM entries GROUP BY state"));
  }

  async dropped(): Promise<number> {
    return Number(this.#database.readOne("SELECT value FROM counters WHERE name = 'dropped'")?.value ?? 0);
  }

  async waitingKeys(): Promise<readonly string[]> {
    const sql = "SELECT DISTINCT key FROM entries WHERE state = 'waiting' LIMIT ?";
    return this.#database.readAll(sql, [MOST_WAITING]).map(({ key }) => String(key));
  }

  async decide(id: string, { state, at, by, action, text }: Decided): Promise<boolean> {
    const [changed] = await this.#database.writeTogether([
      {
        sql: `UPDATE entries SET state = ?, decided_at = ?, decided_by = ?, answer = coalesce(?, answer)
          WHERE id = ? AND state <> 'superseded'`,
        params: [state, at, by, text ?? null, id],
      },
      {
        sql: `INSERT INTO events (entry, at, actor, action, text)
          SELECT id, ?, ?, ?, ? FROM entries WHERE id = ? AND state = ? AND decided_at = ?`,
        params: [at, by, action, text ?? null, id, state, at],
      },
    ]);
    return changed?.changes === 1;
  }

  async noteEffect(id: string, effect: string): Promise<void> {
    const last = "SELECT max(seq) FROM events WHERE entry = ?";
    await this.#database.write(`UPDATE events SET effect = ? WHERE seq = (${last})`, [effect, id]);
  }

  async supersede(keys: readonly string[], now: number): Promise<void> {
    const theirs = "key IN (SELECT value FROM json_each(?)) AND state = 'waiting'";
    const at = Math.floor(now);
    await this.#database.writeTogether([
      {
        sql: `INSERT INTO events (entry, at, actor, action)
          SELECT id, ?, 'tideover', 'supersede' FROM entries WHERE ${theirs}`,
        params: [at, JSON.stringify(keys)],
      },
      {
        sql: `UPDATE entries SET state = 'superseded', decided_at = ?, decided_by = 'tideover' WHERE ${theirs}`,
        params: [at, JSON.stringify(keys)],
      },
    ]);
  }

  async erase(tenant: string): Promise<number> {
    return (await this.#database.write("DELETE FROM entries WHERE tenant = ?", [tenant])).changes;
  }

  async close(): Promise<void> {
    // The data folder closes its databases.
  }
}

function ticketsOf({ tickets }: SqlRow): readonly string[] {
  return JSON.parse(String(tickets));
}

function inserting(entry: NewEntry): Statement[] {
  const { id, key, tenant, route, model, operation, rung, question, text, request, given } = entry;
  return [
    {
      sql: `INSERT INTO entries (id, key, state, tenant, route, model, operation, rung, question, original, answer, request,
        given, first_given_at, last_given_at) VALUES (?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET given = given + excluded.given, last_given_at = excluded.last_given_at,
        answer = CASE WHEN ${REOPENED} THEN original ELSE answer END,
        state = CASE WHEN ${REOPENED} THEN 'waiting' ELSE state END`,
      params: [
        ...[id, key, tenant, route, model, operation, rung, question, text, text, request, given],
        ...[Math.floor(entry.firstGivenAt), Math.floor(entry.lastGivenAt)],
      ],
    },
    {
      sql: `INSERT INTO events (entry, at, actor, action) SELECT ?, ?, 'tideover', 'received'
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE entry = ?)`,
      params: [id, Math.floor(entry.firstGivenAt), id],
    },
  ];
}

function noting({ key, jobId }: OpenedTicket): Statement {
  return {
    sql: `UPDATE entries SET tickets = json_insert(tickets, '$[#]', ?) WHERE key = ? AND state = 'waiting'
      AND json_array_length(tickets) < ? AND NOT EXISTS (SELECT 1 FROM json_each(tickets) WHERE value = ?)`,
    params: [jobId, key, MOST_TICKETS, jobId],
  };
}

function makingRoom(now: number): Statement[] {
  const waiting = "SELECT seq FROM entries WHERE state = 'waiting' ORDER BY last_given_at DESC LIMIT -1 OFFSET ?";
  const decided = "SELECT seq FROM entries WHERE state <> 'waiting' ORDER BY decided_at DESC LIMIT -1 OFFSET ?";
  return [
    {
      sql: `UPDATE counters SET value = value + (SELECT count(*) FROM (${waiting})) WHERE name = 'dropped'`,
      params: [MOST_WAITING],
    },
    { sql: `DELETE FROM entries WHERE seq IN (${waiting})`, params: [MOST_WAITING] },
    { sql: `DELETE FROM entries WHERE seq IN (${decided})`, params: [MOST_DECIDED] },
    { sql: "DELETE FROM entries WHERE state <> 'waiting' AND decided_at < ?", params: [now - DECIDED_KEPT_MS] },
  ];
}
