/** The most of an answer that is held for those who join late or read slowly, in bytes or UTF-16 units of its events. */
export const MOST_LOG_LENGTH = 5 * 1_024 * 1_024;
/** The most events that are held. */
export const MOST_LOG_EVENTS = 10_000;

/**
 * How long a leader's seat stands without a renewal, in ms. A leader that is gone costs its followers at most this; it
 * renews three times as often, so that a busy event loop loses it nothing.
 */
export const LEASE_MS = 3_000;
/** Between two renewals, in ms. */
export const RENEW_MS = 1_000;
/** How long one operation of the ledger may take, in ms, beside the wait of a read. */
export const LEDGER_BOUND_MS = 100;
/** How long one append may take, in ms: nobody waits for it. */
export const APPEND_BOUND_MS = 1_000;
/** Before an append that failed is sent again, in ms. */
export const APPEND_AGAIN_MS = 250;
/** How long one read waits for news, in ms. */
export const READ_WAIT_MS = 1_000;
/** After a failed read, in ms; three of them in a row and the ledger counts as lost. */
export const READ_AGAIN_MS = 100;
/** Failed reads in a row after which a follower is on its own. */
export const MOST_FAILED_READS = 3;
/**
 * How long others may still follow an answer that has ended, in ms: until it has reached their own second level. A
 * purge is blind to it for so long.
 */
export const LINGER_MS = 2_000;
