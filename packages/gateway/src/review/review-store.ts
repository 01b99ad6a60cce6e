import type { Operation, RungName } from "tideover/engine";
import type { ReviewEntry, ReviewEntryDetail, ReviewEvent, ReviewState } from "../admin/review-types.ts";
import type { EmbeddedDatabase, SqlRow, Statement } from "../stores/embedded/index.ts";
import { DECIDED_KEPT_MS, MOST_DECIDED, MOST_TICKETS, MOST_WAITING } from "./defaults.ts";

/** A degraded answer as it is put into the inbox. All times in ms since the Unix epoch. */
export interface NewEntry {
  /** The same for the same text given to the same request. */
  readonly id: string;
  readonly key: string;
  readonly tenant: string;
  readonly route: string;
  readonly model: string;
  readonly operation: Operation;
  readonly rung: RungName;
  readonly question: string;
  readonly text: string;
  readonly request: Uint8Array;
  /** How often it was given since it was last written. */
  readonly given: number;
  readonly firstGivenAt: number;
  readonly lastGivenAt: number;
}

/** A ticket that was opened beside an answer. */
export interface OpenedTicket {
  readonly key: string;
  readonly jobId: string;
}

/** One entry with what is needed to decide about it. */
export interface KeptEntry {
  readonly entry: ReviewEntry;
  readonly key: string;
  readonly operation: Operation;
  readonly original: string;
  readonly request: Uint8Array;
}

/** A decision as it is written. */
export interface Decided {
  readonly state: ReviewState;
  readonly at: number;
  readonly by: string;
  readonly action: ReviewEvent["action"];
  /** The text in force from now on; absent where it stays. */
  readonly text?: string | undefined;
}

const STATES = ["waiting", "approved", "edited", "regenerated", "dismissed", "superseded"] as const;

/** A decision that no longer stands, because its answer is not stored any more and the old text is given again. */
const REOPENED = `state IN ('edited', 'regenerated', 'superseded') AND excluded.first_given_at > coalesce(decided_at, 0)`;

/** The rows of the review inbox. */
export class ReviewStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  /** Puts answers into the inbox; what waits too long or too numerously makes room. @param dropped that never got here */
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

  /** @param after goes on behind this one */
  list(state: ReviewState | undefined, after: string | undefined, limit: number): readonly ReviewEntry[] {
    const before =
      after === undefined
        ? Number.MAX_SAFE_INTEGER
        : Number(this.#database.readOne("SELECT seq FROM entries WHERE id = ?", [after])?.seq ?? 0);
    const where = state === undefined ? "" : "state = ? AND";
    const sql = `SELECT * FROM entries WHERE ${where} seq < ? ORDER BY seq DESC LIMIT ?`;
    return this.#database.readAll(sql, [...(state === undefined ? [] : [state]), before, limit]).map(entryFrom);
  }

  find(id: string): KeptEntry | undefined {
    const row = this.#database.readOne("SELECT * FROM entries WHERE id = ?", [id]);
    if (row === undefined) return undefined;
    return {
      entry: entryFrom(row),
      key: String(row.key),
      operation: String(row.operation) as Operation,
      original: String(row.original),
      request: row.request instanceof Uint8Array ? row.request : new Uint8Array(),
    };
  }

  /** An entry with its request and audit trail. */
  detail(id: string): ReviewEntryDetail | undefined {
    const kept = this.find(id);
    if (kept === undefined) return undefined;
    const rows = this.#database.readAll("SELECT * FROM events WHERE entry = ? ORDER BY seq LIMIT 1000", [id]);
    return {
      ...kept.entry,
      original: kept.original,
      request: jsonOf(kept.request),
      events: rows.map((row) => ({
        at: Number(row.at),
        by: String(row.actor),
        action: String(row.action) as ReviewEvent["action"],
        ...(row.text === null ? {} : { text: String(row.text) }),
        ...(row.effect === null ? {} : { effect: String(row.effect) }),
      })),
    };
  }

  /** How many entries are in each state. */
  counts(): Record<ReviewState, number> {
    const counts = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<ReviewState, number>;
    for (const { state, count } of this.#database.readAll(
      "SELECT state, count(*) AS count FROM entries GROUP BY state",
    )) {
      const known = STATES.find((name) => name === state);
      if (known !== undefined) counts[known] = Number(count);
    }
    return counts;
  }

  /** Entries that made room before anybody decided. */
  get dropped(): number {
    return Number(this.#database.readOne("SELECT value FROM counters WHERE name = 'dropped'")?.value ?? 0);
  }

  /** The keys of waiting entries, at most {@link MOST_WAITING}. */
  waitingKeys(): readonly string[] {
    const sql = "SELECT DISTINCT key FROM entries WHERE state = 'waiting' LIMIT ?";
    return this.#database.readAll(sql, [MOST_WAITING]).map(({ key }) => String(key));
  }

  /** Writes a decision with its line in the audit trail. False: the entry is gone, or was superseded meanwhile. */
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

  /** Notes what the last decision led to. */
  async noteEffect(id: string, effect: string): Promise<void> {
    const last = "SELECT max(seq) FROM events WHERE entry = ?";
    await this.#database.write(`UPDATE events SET effect = ? WHERE seq = (${last})`, [effect, id]);
  }

  /** Live answers to the same requests were stored: nobody needs to decide any more. */
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

  /** Forgets everything of a tenant. @returns how many entries there were */
  async erase(tenant: string): Promise<number> {
    return (await this.#database.write("DELETE FROM entries WHERE tenant = ?", [tenant])).changes;
  }
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

function entryFrom(row: SqlRow): ReviewEntry {
  return {
    id: String(row.id),
    state: STATES.find((name) => name === row.state) ?? "waiting",
    tenant: String(row.tenant),
    route: String(row.route),
    model: String(row.model),
    rung: String(row.rung),
    question: String(row.question),
    answer: String(row.answer),
    given: Number(row.given),
    firstGivenAt: Number(row.first_given_at),
    lastGivenAt: Number(row.last_given_at),
    tickets: JSON.parse(String(row.tickets)),
    ...(row.decided_at === null ? {} : { decidedAt: Number(row.decided_at) }),
    ...(row.decided_by === null ? {} : { decidedBy: String(row.decided_by) }),
  };
}

/** The request as it came; one that is no JSON, which the front lets nobody send, as text. */
function jsonOf(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
