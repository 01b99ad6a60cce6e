/** Requests at the same time unless told otherwise: background work that leaves room. */
export const USUAL_CONCURRENCY = 4;
/** The most that may be asked for. */
export const MOST_CONCURRENCY = 256;
/** RFC 9218 urgency of every request: below all that people wait for. */
export const WARM_PRIORITY = 7;
/** Longest line of a prompts file, in characters: a request of the largest context with room to spare. */
export const LONGEST_LINE = 8 * 1024 * 1024;
/** Times that one request is sent while the gateway says that it is busy. */
export const MOST_TRIES = 5;
/** First and longest pause before it is sent again, in ms; doubles between them, and a `Retry-After` is a floor. */
export const FIRST_PAUSE_MS = 1_000;
export const LONGEST_PAUSE_MS = 60_000;
/** How long one answer is waited for, in ms: longer than any route's deadline should be. */
export const ANSWER_TIMEOUT_MS = 600_000;
/** Largest answer that is read, in bytes; it is only counted. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
/** Over how long the rate is taken that the time left is estimated from, in ms. */
export const RATE_WINDOW_MS = 30_000;
/** Failures whose reasons are kept for the summary; all of them are in the file. */
export const MOST_SHOWN_FAILURES = 10;
