const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** One fineness of the history: how long its steps are and how long they are kept, both in ms. */
export interface Tier {
  readonly name: "10s" | "1m" | "1h";
  /** The table of its steps. */
  readonly table: string;
  readonly stepMs: number;
  readonly keepMs: number;
}

/** The finest first. Each step of a tier is made from whole steps of the one before. */
export const TIERS = [
  { name: "10s", table: "steps_10s", stepMs: 10 * SECOND_MS, keepMs: DAY_MS },
  { name: "1m", table: "steps_1m", stepMs: MINUTE_MS, keepMs: 31 * DAY_MS },
  { name: "1h", table: "steps_1h", stepMs: HOUR_MS, keepMs: 731 * DAY_MS },
] as const satisfies readonly Tier[];

/** Routes, and providers, that one step tells apart; what comes beyond is counted together as {@link OTHERS}. */
export const MOST_SERIES = 100;
/** The name of what is beyond {@link MOST_SERIES}; no route or provider can be called so. */
export const OTHERS = "(others)";
/** The longest name that is kept, in UTF-16 units. */
export const MOST_NAME = 100;

/** The range that is shown where none is asked for, in ms. */
export const USUAL_RANGE_MS = HOUR_MS;
/** Steps of an answer where nothing is said, and the most of them. */
export const USUAL_POINTS = 360;
export const MOST_POINTS = 1_500;
/** Lengths of the steps that are shown, in ms: those that people read clocks by. */
export const SHOWN_STEPS_MS = [
  10 * SECOND_MS,
  30 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
] as const;
/** Rows that are decoded before the event loop gets its turn; one takes some 20 us. */
export const ROWS_A_TURN = 100;
/** Steps that wait for a slow disk before no more are taken: a minute. */
export const MOST_PENDING = 6;
/** Steps that are rolled up in one go, after a long stop or a crash; the next go does the rest. */
export const MOST_ROLLED = 1_500;
/** Rows that one clearing removes: a day of the finest steps is cleared in two. */
export const MOST_CLEARED = 5_000;

/** Connections to a shared history of one gateway: one writes, one reads for whoever looks. */
export const SHARED_CONNECTIONS = 2;
/** Steps that wait for a database that is away: an hour. The oldest are given up first. */
export const MOST_KEPT_BACK = 360;
/** Bytes that they may take: an hour at a hundred busy routes and providers. */
export const MOST_KEPT_BACK_BYTES = 16 * 1024 * 1024;
/**
 * A finest step that is written so long after its end, in ms, is late: its minute, which may be made already, is marked
 * to be made anew. Others are written within this and the bound on a statement (20 s with its connection), which
 * together stay below {@link ROLL_UP_AFTER_MS}, with some seconds for clocks that differ.
 */
export const LATE_AFTER_MS = 20 * SECOND_MS;
/** How long after its end a shared coarser step is made, in ms: what other gateways counted must be there. */
export const ROLL_UP_AFTER_MS = MINUTE_MS;
/** How long one gateway makes the coarser steps for all of them before another one may, in s. */
export const ROLLER_LEASE_S = 90;
/** Late marks that are looked at in one go: more than all gateways' {@link MOST_KEPT_BACK} usually are. */
export const MOST_MARKS = 5_000;
/** Rows of a shared history that one query gives. */
export const ROWS_A_QUERY = 500;
