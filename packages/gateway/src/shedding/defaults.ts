/** Between two looks at the event loop, in ms: often enough to refuse within a tenth of a second, 20 wakes a second. */
export const LOOK_MS = 50;

/**
 * Open requests that one process takes without having been watched: a core serves 1,000 streams of 20 chunks a second
 * with room to spare.
 */
export const START_OPEN = 1_000;

/** So many are always taken: they are no load, and on a busy machine the loop is late for other reasons. */
export const LEAST_OPEN = 100;

/** The most that `auto` learns: the client connections that a process takes. */
export const MOST_OPEN = 10_000;

/** For how long the loop must be late before that is more than a hiccup (ms): two collections of garbage are not. */
export const STANDING_MS = 200;

/** From this share of busy time on, a process takes nothing more: delays grow beyond all bounds towards 1. */
export const BUSY_SHARE = 0.92;

/**
 * Below this share of busy time a late loop is not late by its own doing: a machine that others keep busy gives it its
 * turns late, and refusing callers would not change that.
 */
export const OWN_BUSY_SHARE = 0.8;

/** Time in which the measured busy share follows a change by 63%, in ms. */
export const BUSY_FADE_MS = 300;

/** Between two changes of the room, in ms, and what a change is: a doubling takes 1.4 s, a halving 0.7 s. */
export const STEP_MS = 100;
export const RISE = 0.05;
export const FALL = 0.9;

/** The share of the room that critical, standard, sheddable and background calls may fill. */
export const CLASS_SHARES = [1.1, 1, 0.9, 0.8] as const;

/** What `Retry-After` says to each of those classes, in ms: the less it matters, the later it comes again. */
export const CLASS_RETRY_AFTER_MS = [1_000, 2_000, 5_000, 10_000] as const;

/** So long nothing must have been refused until the log says that it is over, in ms. */
export const QUIET_MS = 10_000;
