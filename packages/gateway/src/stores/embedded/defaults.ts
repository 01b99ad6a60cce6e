/** Writes that may wait for the writer thread, per database; more are refused at once. */
export const MAX_PENDING_WRITES = 20_000;
/** Bytes of text and blobs that waiting writes may hold, per database. */
export const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Writes in one transaction. More per commit gain nothing and make the next database wait longer. */
export const MAX_GROUP_WRITES = 1_000;
/** Bytes in one transaction: about 20 ms of a slow disk. A larger single write goes alone. */
export const MAX_GROUP_BYTES = 4 * 1024 * 1024;
/** Prepared statements kept per connection. The stores use a few dozen. */
export const MAX_PREPARED = 256;
/** How long a statement waits for a lock of SQLite, in ms: only migrations and checkpoints can meet one. */
export const BUSY_TIMEOUT_MS = 1_000;
/** The same for reads, which run on the request thread and meet no lock in WAL mode but at recovery. */
export const READ_BUSY_TIMEOUT_MS = 50;
/** The size a write-ahead log is cut back to after a checkpoint, in bytes. */
export const LOG_SIZE_LIMIT = 16 * 1024 * 1024;
/** How long closing waits for the writer thread, in ms: its queue is bounded, so a healthy disk needs far less. */
export const CLOSE_TIMEOUT_MS = 30_000;
/** New objects of the writer thread, in MB: what it is given lives for one group only, so a small space costs nothing. */
export const WRITER_YOUNG_MB = 4;
/** How long after its start the writer thread gives back what only starting needed, in ms; a group may wait 15 ms for it. */
export const WRITER_SETTLED_MS = 1_000;
