/** What is known of the files; their bytes lie beside the database, each under its id. */
export const FILES_SCHEMA = `
CREATE TABLE files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  filename TEXT NOT NULL,
  purpose TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX files_of_tenant ON files (tenant, seq);
CREATE INDEX files_expiring ON files (expires_at);
`;
