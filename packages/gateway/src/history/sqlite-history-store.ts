import type { DatabaseDefinition, EmbeddedDatabase, Statement } from "../stores/embedded/index.ts";
import { MOST_CLEARED, MOST_ROLLED, ROWS_A_TURN, TIERS, type Tier } from "./defaults.ts";
import { decodeRecord, encodeRecord } from "./encode-record.ts";
import { emptyRecord, type HistoryRecord, mergeInto } from "./history-record.ts";
import { type HistoryStep, type HistoryStore, inSteps, startOf, turn } from "./history-store.ts";

const SCHEMA = TIERS.map(({ table }) => `CREATE TABLE ${table} (at INTEGER PRIMARY KEY, data BLOB NOT NULL);`).join(
  "\n",
);

/**
 * The history's database. A power cut may cost its last commits, a killed process at most the step that was being
 * counted.
 */
export const HISTORY_DATABASE: DatabaseDefinition = {
  name: "history",
  migrations: [SCHEMA],
  durability: "fast",
};

/** The steps of the past in the data folder. One row is one step with all of its series: few rows, and none of them is ever searched. */
export class SqliteHistoryStore implements HistoryStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  async add(at: number, record: HistoryRecord): Promise<void> {
    const statements = TIERS.flatMap((tier, index) => {
      const begins = startOf(at, tier);
      // A coarser step that is made already (the clock went back) would not look at its finer ones again.
      if (index > 0 && begins >= (this.#rolledUpTo(tier) ?? 0)) return [];
      const known = this.#step(tier, begins) ?? emptyRecord();
      mergeInto(known, record);
      return [put(tier, { at: begins, record: known })];
    });
    await this.#database.writeTogether(statements);
  }

  /** A coarser step is made when its time is over, from finer ones that are all on disk. */
  async rollUp(now: number): Promise<number> {
    let made = 0;
    for (const [index, tier] of TIERS.entries()) {
      const finer = TIERS[index - 1];
      if (finer !== undefined) made += await this.#rollUp(finer, tier, now);
    }
    return made;
  }

  async clear(now: number): Promise<void> {
    const statements = TIERS.flatMap(({ table, keepMs }): Statement[] => {
      const before = Math.floor(now - keepMs);
      // Nearly always there is nothing: a write would start the writer thread, which takes 12 MB, for nothing.
      if (this.#database.readOne(`SELECT at FROM ${table} WHERE at < ? LIMIT 1`, [before]) === undefined) return [];
      const old = `SELECT at FROM ${table} WHERE at < ? ORDER BY at LIMIT ${MOST_CLEARED}`;
      return [{ sql: `DELETE FROM ${table} WHERE at IN (${old})`, params: [before] }];
    });
    if (statements.length > 0) await this.#database.writeTogether(statements);
  }

  async *steps(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep> {
    yield* this.#whole(tier, startOf(from, tier), to);
    const finer = TIERS[TIERS.findIndex(({ name }) => name === tier.name) - 1];
    const rest = Math.max(startOf(from, tier), this.#rolledUpTo(tier) ?? 0);
    if (finer !== undefined && rest < to) yield* inSteps(this.steps(finer, rest, to), tier.stepMs);
  }

  async minutesRecorded(from: number, to: number): Promise<ReadonlyMap<number, number>> {
    const [, minutes, hours] = TIERS;
    const sql = `SELECT at / ${hours.stepMs} AS hour, count(*) AS minutes FROM ${minutes.table}
      WHERE at >= ? AND at < ? GROUP BY hour`;
    const rows = this.#database.readAll(sql, [Math.floor(from), Math.ceil(to)]);
    return new Map(rows.map((row) => [Number(row.hour) * hours.stepMs, Number(row.minutes)]));
  }

  async close(): Promise<void> {
    // The data folder closes its databases.
  }

  async #rollUp(finer: Tier, tier: Tier, now: number): Promise<number> {
    const sql = `SELECT min(at) AS at FROM ${finer.table} WHERE at >= ?`;
    const first = this.#database.readOne(sql, [this.#rolledUpTo(tier) ?? 0])?.at;
    if (typeof first !== "number") return 0;
    const begins = startOf(first, tier);
    const until = Math.min(startOf(now, tier), begins + MOST_ROLLED * tier.stepMs);
    const made: Statement[] = [];
    for await (const step of inSteps(this.#whole(finer, begins, until), tier.stepMs)) made.push(put(tier, step));
    if (made.length > 0) await this.#database.writeTogether(made);
    return made.length;
  }

  /** The rows of one tier alone. */
  async *#whole(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep> {
    let next = from;
    for (;;) {
      const rows = this.#rows(tier, next, to, ROWS_A_TURN);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < ROWS_A_TURN) return;
      next = last.at + tier.stepMs;
      await turn();
    }
  }

  #rows({ table }: Tier, from: number, to: number, limit: number): HistoryStep[] {
    const sql = `SELECT at, data FROM ${table} WHERE at >= ? AND at < ? ORDER BY at LIMIT ?`;
    return this.#database.readAll(sql, [Math.floor(from), Math.ceil(to), limit]).map(({ at, data }) => ({
      at: Number(at),
      record: (data instanceof Uint8Array ? decodeRecord(data) : undefined) ?? emptyRecord(),
    }));
  }

  #step({ table }: Tier, at: number): HistoryRecord | undefined {
    const data = this.#database.readOne(`SELECT data FROM ${table} WHERE at = ?`, [at])?.data;
    return data instanceof Uint8Array ? decodeRecord(data) : undefined;
  }

  /** Up to when a tier has its steps: the end of its last one. */
  #rolledUpTo({ table, stepMs }: Tier): number | undefined {
    const at = this.#database.readOne(`SELECT max(at) AS at FROM ${table}`)?.at;
    return typeof at === "number" ? at + stepMs : undefined;
  }
}

function put({ table }: Tier, { at, record }: HistoryStep): Statement {
  const sql = `INSERT INTO ${table} (at, data) VALUES (?, ?) ON CONFLICT (at) DO UPDATE SET data = excluded.data`;
  return { sql, params: [at, encodeRecord(record)] };
}
