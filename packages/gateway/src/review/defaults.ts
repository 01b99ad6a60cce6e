/** Entries that may wait for a decision; the one that was given longest ago makes room, and is counted. */
export const MOST_WAITING = 1_000;
/** Decided entries that are kept, and for how long, in ms: 30 days. */
export const MOST_DECIDED = 5_000;
export const DECIDED_KEPT_MS = 30 * 24 * 3_600_000;
/** Longest request that is kept, in bytes; a longer one is counted as dropped. */
export const MOST_REQUEST_BYTES = 64 * 1024;
/** Longest text of an answer, in bytes. */
export const MOST_TEXT_BYTES = 256 * 1024;
/** Entries, and tickets, that wait in memory to be written; what comes beyond within a second is counted as dropped. */
export const MOST_PENDING = 500;
/** How long new entries are gathered before they are written, in ms: in an outage thousands of the same come. */
export const GATHER_MS = 1_000;
/** Tickets of one entry that its decision completes. */
export const MOST_TICKETS = 20;
/** Characters of the question that lists show. */
export const QUESTION_LENGTH = 200;
/** Longest name of whoever decides, in characters. */
export const MOST_NAME = 100;
/** Entries on one page: where nothing is said, and at most. */
export const USUAL_PAGE = 50;
export const MOST_PAGE = 200;
/** How long a live answer is waited for when one is regenerated, in ms. */
export const REGENERATE_MS = 120_000;
/** Waits between tries to complete a ticket that a worker is just asking for, in ms; together two minutes. */
export const TICKET_RETRY_MS: readonly number[] = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 52_000];
/** Such tickets at once; one beyond keeps what its worker brings. */
export const MOST_RETRIED_TICKETS = 1_000;
/** How long what could not be written waits before the next try, in ms. */
export const RETRY_MS = 5_000;
/** How old the list of waiting entries of a shared inbox may be, in ms, before a stored answer has it read again. */
export const KEYS_FRESH_MS = 60_000;
/** Connections to a shared inbox of one gateway: people decide one at a time. */
export const SHARED_CONNECTIONS = 2;
