import type { PostgresSchema } from "../stores/jobs-postgres/index.ts";

/*
 * Each gateway adds rows of its own to the finest steps, so that no two ever write the same row; coarser steps are made
 * from all of them by one gateway at a time.
 *
 * `part` numbers what one process wrote: a write that is tried again because its answer was lost changes nothing.
 * `tideover_history_late` marks minutes to make anew; `tideover_history_roller` says who makes the coarser steps.
 */
const FIRST = `
CREATE TABLE tideover_history_10s (
  at bigint NOT NULL,
  source text NOT NULL,
  part bigint NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (at, source, part)
);
CREATE TABLE tideover_history_1m (at bigint PRIMARY KEY, data bytea NOT NULL);
CREATE TABLE tideover_history_1h (at bigint PRIMARY KEY, data bytea NOT NULL);
CREATE TABLE tideover_history_late (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  minute bigint NOT NULL
);
CREATE TABLE tideover_history_roller (
  place integer PRIMARY KEY CHECK (place = 1),
  owner text NOT NULL,
  until timestamptz NOT NULL
);
`;

/** The tables of a shared history. */
export const HISTORY_SCHEMA: PostgresSchema = { table: "tideover_history_schema", migrations: [FIRST] };
