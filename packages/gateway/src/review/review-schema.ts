import type { DatabaseDefinition } from "../stores/embedded/index.ts";

const SCHEMA = `
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  key TEXT NOT NULL,
  state TEXT NOT NULL,
  tenant TEXT NOT NULL,
  route TEXT NOT NULL,
  model TEXT NOT NULL,
  operation TEXT NOT NULL,
  rung TEXT NOT NULL,
  question TEXT NOT NULL,
  original TEXT NOT NULL,
  answer TEXT NOT NULL,
  request BLOB NOT NULL,
  given INTEGER NOT NULL,
  first_given_at INTEGER NOT NULL,
  last_given_at INTEGER NOT NULL,
  tickets TEXT NOT NULL DEFAULT '[]',
  decided_at INTEGER,
  decided_by TEXT
);
CREATE INDEX entries_by_state ON entries (state, seq);
CREATE INDEX entries_by_key ON entries (key);
CREATE INDEX entries_by_tenant ON entries (tenant);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  entry TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  text TEXT,
  effect TEXT
);
CREATE INDEX events_of ON events (entry, seq);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('dropped', 0);
`;

/** The inbox's database: what a person decided is not lost in a power cut. */
export const REVIEW_DATABASE: DatabaseDefinition = { name: "review", migrations: [SCHEMA], durability: "durable" };
