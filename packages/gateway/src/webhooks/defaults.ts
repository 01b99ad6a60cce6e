const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before each attempt, in ms, each from the failure of the one before: the example schedule of Standard Webhooks. */
export const SCHEDULE_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** How far a wait is spread, as a share of it, so that a receiver that was down is not met by everything at once. */
export const SPREAD = 0.2;
/** How long one attempt may take, in ms; the specification names 15 to 30 s. */
export const ATTEMPT_MS = 20 * SECOND;
/** Attempts under way at one time, for all receivers, and for one of them. */
export const MOST_AT_ONCE = 32;
export const MOST_AT_ONCE_EACH = 4;
/** How often due messages are looked for, in ms, when nothing new says that there are some. */
export const LOOK_MS = 5 * SECOND;
/** The longest `Retry-After` that is heeded, in ms. */
export const MOST_RETRY_AFTER_MS = 24 * HOUR;
/** Messages that may wait for one receiver; the oldest are given up beyond it. */
export const MOST_WAITING_EACH = 100_000;
