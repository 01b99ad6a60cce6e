import type { PostgresLink } from "../stores/jobs-postgres/index.ts";
import {
  LATE_AFTER_MS,
  MOST_CLEARED,
  MOST_KEPT_BACK,
  MOST_KEPT_BACK_BYTES,
  MOST_MARKS,
  MOST_ROLLED,
  ROLL_UP_AFTER_MS,
  ROLLER_LEASE_S,
  ROWS_A_QUERY,
  ROWS_A_TURN,
  TIERS,
  type Tier,
} from "./defaults.ts";
import { decodeRecord, encodeRecord } from "./encode-record.ts";
import { addBeside, emptyRecord, type HistoryRecord } from "./history-record.ts";
import { type HistoryStep, type HistoryStore, inSteps, startOf, turn } from "./history-store.ts";
import { KeptBack, type KeptBackBounds } from "./kept-back.ts";

/** What a shared history is kept with. */
export interface PostgresHistoryParts {
  readonly link: PostgresLink;
  /** Names this process; no two that ever write to the database may have the same name. */
  readonly source: string;
  /** In ms since the Unix epoch. */
  wallTime(): number;
  /** Told how many steps were given up because too many waited for a database that was away. */
  readonly onGivenUp?: ((steps: number) => void) | undefined;
  /** How many steps may wait; default: {@link MOST_KEPT_BACK}. */
  readonly keptBack?: KeptBackBounds | undefined;
}

const [FINEST, MINUTES, HOURS] = TIERS;
const TABLES = { "10s": "tideover_history_10s", "1m": "tideover_history_1m", "1h": "tideover_history_1h" } as const;

const ADD = `
WITH marked AS (INSERT INTO tideover_history_late (minute) SELECT $5::bigint WHERE $6::boolean)
INSERT INTO ${TABLES["10s"]} (at, source, part, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
const TAKE_ROLLER = `
INSERT INTO tideover_history_roller AS held (place, owner, until)
VALUES (1, $1, now() + $2 * interval '1 second')
ON CONFLICT (place) DO UPDATE SET owner = excluded.owner, until = excluded.until
WHERE held.owner = excluded.owner OR held.until < now() RETURNING place`;

/**
 * The steps of the past in PostgreSQL, shared by as many gateways as like to: each adds rows of its own, and whoever
 * reads adds them up. One of them at a time makes the coarser steps for all. Their clocks must agree within some seconds.
 *
 * While the database is away, steps wait in memory within bounds, and the oldest are given up beyond them.
 */
export class PostgresHistoryStore implements HistoryStore {
  readonly #parts: PostgresHistoryParts;
  readonly #keptBack: KeptBack;
  #writing: Promise<void> | undefined;

  constructor(parts: PostgresHistoryParts) {
    this.#parts = parts;
    this.#keptBack = new KeptBack(parts.keptBack ?? { steps: MOST_KEPT_BACK, bytes: MOST_KEPT_BACK_BYTES });
  }

  /** Where the database is away it rejects, and the step waits for the next time. @throws PostgresError */
  async add(at: number, record: HistoryRecord): Promise<void> {
    this.#keptBack.add(startOf(at, FINEST), encodeRecord(record));
    const givenUp = this.#keptBack.takeGivenUp();
    if (givenUp > 0) this.#parts.onGivenUp?.(givenUp);
    await this.#writing?.catch(() => undefined);
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Where another gateway does it, nothing. */
  async rollUp(now: number): Promise<number> {
    const { link, source } = this.#parts;
    const { rows } = await link.run(TAKE_ROLLER, [source, ROLLER_LEASE_S]);
    if (rows.length === 0) return 0;
    let made = await this.#makeLateOnes();
    made += await this.#rollUp(FINEST, MINUTES, now - ROLL_UP_AFTER_MS);
    made += await this.#rollUp(MINUTES, HOURS, now - ROLL_UP_AFTER_MS);
    return made;
  }

  async clear(now: number): Promise<void> {
    for (const { name, keepMs } of TIERS) {
      const old = `SELECT at FROM ${TABLES[name]} WHERE at < $1 ORDER BY at LIMIT ${MOST_CLEARED}`;
      await this.#parts.link.run(`DELETE FROM ${TABLES[name]} WHERE at IN (${old})`, [Math.floor(now - keepMs)]);
    }
  }

  async *steps(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep> {
    yield* this.#whole(tier, startOf(from, tier), to);
    const finer = TIERS[TIERS.findIndex(({ name }) => name === tier.name) - 1];
    if (finer === undefined) return;
    const rest = Math.max(startOf(from, tier), (await this.#rolledUpTo(tier)) ?? 0);
    if (rest < to) yield* inSteps(this.steps(finer, rest, to), tier.stepMs);
  }

  async minutesRecorded(from: number, to: number): Promise<ReadonlyMap<number, number>> {
    const sql = `SELECT at / ${HOURS.stepMs} AS hour, count(*) AS minutes FROM ${TABLES["1m"]}
      WHERE at >= $1 AND at < $2 GROUP BY hour`;
    const { rows } = await this.#parts.link.run(sql, [Math.floor(from), Math.ceil(to)]);
    return new Map(rows.map((row) => [Number(row.hour) * HOURS.stepMs, Number(row.minutes)]));
  }

  /** Gives up what still waits, and lets go of the connections. */
  async close(): Promise<void> {
    if (this.#keptBack.size > 0) this.#parts.onGivenUp?.(this.#keptBack.size);
    await this.#parts.link.close();
  }

  /** Writes all that waits, one after the other; the first that fails ends it. */
  async #write(): Promise<void> {
    const { link, source, wallTime } = this.#parts;
    for (let step = this.#keptBack.oldest(); step !== undefined; step = this.#keptBack.oldest()) {
      const isLate = wallTime() - (step.at + FINEST.stepMs) > LATE_AFTER_MS;
      await link.run(ADD, [step.at, source, step.part, step.data, startOf(step.at, MINUTES), isLate]);
      this.#keptBack.remove(step);
    }
  }

  /** Makes coarser steps anew that were made before all of their finer ones had come. */
  async #makeLateOnes(): Promise<number> {
    const { link } = this.#parts;
    const marks = `SELECT seq, minute FROM tideover_history_late ORDER BY seq LIMIT ${MOST_MARKS}`;
    const { rows } = await link.run(marks);
    if (rows.length === 0) return 0;
    const minutesTo = (await this.#rolledUpTo(MINUTES)) ?? 0;
    const hoursTo = (await this.#rolledUpTo(HOURS)) ?? 0;
    const minutes = new Set(rows.map(({ minute }) => Number(minute)));
    const hours = new Set([...minutes].map((minute) => startOf(minute, HOURS)));
    // Those that are not made yet will be made from all there is.
    let made = await this.#remake(
      FINEST,
      MINUTES,
      [...minutes].filter((minute) => minute < minutesTo),
    );
    made += await this.#remake(
      MINUTES,
      HOURS,
      [...hours].filter((hour) => hour < hoursTo),
    );
    // By number and not by place: one that was begun earlier may be committed later.
    await link.run("DELETE FROM tideover_history_late WHERE seq = ANY($1::bigint[])", [
      rows.map(({ seq }) => `${seq}`),
    ]);
    return made;
  }

  async #remake(finer: Tier, tier: Tier, begins: readonly number[]): Promise<number> {
    let made = 0;
    for (const at of begins) {
      for await (const step of inSteps(this.#whole(finer, at, at + tier.stepMs), tier.stepMs)) {
        if (!(await this.#put(tier, step))) return made;
        made++;
      }
    }
    return made;
  }

  async #rollUp(finer: Tier, tier: Tier, upTo: number): Promise<number> {
    const sql = `SELECT min(at) AS at FROM ${TABLES[finer.name]} WHERE at >= $1`;
    const { rows } = await this.#parts.link.run(sql, [(await this.#rolledUpTo(tier)) ?? 0]);
    const first = rows[0]?.at;
    if (typeof first !== "number") return 0;
    const begins = startOf(first, tier);
    const until = Math.min(startOf(upTo, tier), begins + MOST_ROLLED * tier.stepMs);
    let made = 0;
    for await (const step of inSteps(this.#whole(finer, begins, until), tier.stepMs)) {
      if (!(await this.#put(tier, step))) break;
      made++;
    }
    return made;
  }

  /** The steps of one tier alone, those of several gateways at the same time added up. */
  async *#whole(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep> {
    let current: HistoryStep | undefined;
    for await (const step of this.#rows(tier, from, to)) {
      if (current?.at === step.at) addBeside(current.record, step.record);
      else {
        if (current !== undefined) yield current;
        current = step;
      }
    }
    if (current !== undefined) yield current;
  }

  /** Each gateway's steps of one tier, of at most {@link ROWS_A_QUERY} gateways at the same time. */
  async *#rows(tier: Tier, from: number, to: number): AsyncGenerator<HistoryStep> {
    const sql = `SELECT at, data FROM ${TABLES[tier.name]} WHERE at >= $1 AND at < $2 ORDER BY at LIMIT ${ROWS_A_QUERY}`;
    for (let next = from; next < to; ) {
      const { rows } = await this.#parts.link.run(sql, [Math.floor(next), Math.ceil(to)]);
      const [first, last] = [Number(rows[0]?.at), Number(rows.at(-1)?.at)];
      // The rest of the last step may be behind the limit: the next query begins with it.
      const isCut = rows.length === ROWS_A_QUERY && first !== last;
      for (const [place, { at, data }] of rows.entries()) {
        if (isCut && Number(at) === last) break;
        if (place % ROWS_A_TURN === ROWS_A_TURN - 1) await turn();
        yield {
          at: Number(at),
          record: (data instanceof Uint8Array ? decodeRecord(data) : undefined) ?? emptyRecord(),
        };
      }
      if (rows.length < ROWS_A_QUERY) return;
      next = isCut ? last : last + tier.stepMs;
    }
  }

  /** False: another gateway makes the coarser steps now, and knows more. */
  async #put({ name }: Tier, { at, record }: HistoryStep): Promise<boolean> {
    const sql = `INSERT INTO ${TABLES[name]} (at, data) SELECT $1::bigint, $2::bytea
      WHERE EXISTS (SELECT 1 FROM tideover_history_roller WHERE owner = $3 AND until > now())
      ON CONFLICT (at) DO UPDATE SET data = excluded.data`;
    const { link, source } = this.#parts;
    return (await link.run(sql, [at, encodeRecord(record), source])).count === 1;
  }

  /** Up to when a tier has its steps: the end of its last one. */
  async #rolledUpTo({ name, stepMs }: Tier): Promise<number | undefined> {
    const { rows } = await this.#parts.link.run(`SELECT max(at) AS at FROM ${TABLES[name]}`);
    const at = rows[0]?.at;
    return typeof at === "number" ? at + stepMs : undefined;
  }
}
