/** Most jobs that may wait: about 1 GB of ordinary requests. */
export const MOST_WAITING_JOBS = 1_000_000;
/** How many jobs are accepted between two looks at how many wait. */
export const LOOK_EVERY = 256;
