/** Between two looks at the event loop, in ms: often enough to refuse within a tenth of a second, 20 wakes a second. */
export const LOOK_MS = 50;

/**
 * Open calls that one process takes without having been watched. At 35 to 42 us a chunk (docs/decisions/0018) a core
 * bears some 1,200 streams of 20 chunks a second. One half as fast that gets all of these at once is late until they have
 * ended; with fewer here, calls would be refused that wait for a slow provider and cost nothing.
 */
export const START_OPEN = 1_000;

/** So many are always taken: they are no load, and on a busy machine the loop is late for other reasons. */
export const LEAST_OPEN = 100;

/** The most that `auto` learns: the client connections that a process takes. */
export const MOST_OPEN = 10_000;

/** For how long the loop must be late before that is more than a hiccup (ms): two collections of garbage are not. */
export const STANDING_MS = 200;

/**
 * Share of busy time that is aimed at while the loop is punctual. The queue of a loop is short up to 97%, and what is
 * missing to that is for its pauses (after one of 50 ms it is late for 50 / (1 - share) ms) and for calls that cost more
 * than those before.
 */
export const BUSY_SHARE = 0.94;

/**
 * What is aimed at where the loop's pauses would make it late too often: so many streams fewer, and none that stutters.
 * A gateway on one core with a thousand short streams has collections of 13 to 20 ms several times a second.
 */
export const LEAST_BUSY_SHARE = 0.75;

/** The share of the time in which the loop may be late: what is promised of a chunk's delay holds for 99 of 100. */
export const LATE_SHARE = 0.01;

/** Time in which the measured share of late time follows a change by 63%, in ms: 200 looks. */
export const LATE_FADE_MS = 10_000;

/** Time in which the idle share doubles while the loop is late too often, and halves while it is not, in ms. */
export const IDLE_DOUBLE_MS = 20_000;
export const IDLE_HALVE_MS = 30_000;

/**
 * Below this share of busy time a late loop is not late by its own doing: a machine that others keep busy gives it its
 * turns late, and refusing callers would not change that.
 */
export const OWN_BUSY_SHARE = 0.7;

/** Time in which the measured busy share follows a change by 63%, in ms. */
export const BUSY_FADE_MS = 300;

/** Between two changes of the room, in ms. */
export const STEP_MS = 100;

/** Growth in a step, up to what the calls that have begun show to fit: a doubling takes 2.4 s. */
export const RISE = 0.03;

/** What is left of the room in a step at the least: a halving takes 2.3 s. */
export const FALL = 0.97;

/** The cost of a call follows a rise in 2 s, and a fall in 3 s, or longer where there is little to do: what has been seen to be dear may be so again. */
export const COST_RISE_MS = 2_000;
export const COST_FALL_MS = 3_000;

/** The share of the room that critical, standard, sheddable and background calls may fill. */
export const CLASS_SHARES = [1.1, 1, 0.9, 0.8] as const;

/** What `Retry-After` says to each of those classes, in ms: the less it matters, the later it comes again. */
export const CLASS_RETRY_AFTER_MS = [1_000, 2_000, 5_000, 10_000] as const;

/** So long nothing must have been refused until the log says that it is over, in ms. */
export const QUIET_MS = 10_000;
