/** Connections of one process: its workers' writes are short, and PostgreSQL takes 100 of everybody by default. */
export const MOST_CONNECTIONS = 10;
/** How long a connection may take to be made, or to become free, in ms. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** How long the server may work on one statement, in ms; it gives up then, and nothing of it has happened. */
export const STATEMENT_TIMEOUT_MS = 10_000;
/** How long an answer is waited for, in ms: longer than a statement, for a server that hangs or a network that is cut. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** How long a connection that nobody needs is kept, in ms. */
export const IDLE_MS = 30_000;
/** Most statements that wait for a connection; the next is refused at once. */
export const MOST_WAITING_STATEMENTS = 1_000;
/** How often a statement is tried anew that PostgreSQL undid because another was in its way. */
export const MOST_UNDONE = 3;
/** How long a process waits after a failed attempt to look at the schema before the next, in ms. */
export const SCHEMA_RETRY_MS = 1_000;
