/**
 * Continuations of one answer. One is not enough: in a brownout that breaks one answer in twelve, one continuation in
 * twelve breaks, too.
 */
export const CONTINUATIONS_PER_REQUEST = 3;
/** How long a rest that our own limits refuse is asked for again, in ms: a retry budget forgets within this time. */
export const REFUSED_REST_PATIENCE_MS = 60_000;
/** Bounds of the time between two such askings, in ms. */
export const LEAST_REST_PAUSE_MS = 500;
export const MOST_REST_PAUSE_MS = 10_000;
