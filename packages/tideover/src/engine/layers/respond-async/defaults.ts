/** The least time kept before a caller's deadline for writing its ticket down, in ms: a durable commit on a slow disk. */
export const LEAST_MARGIN_MS = 50;
/** The share of the time left that is kept for that, where it is more. */
export const MARGIN_SHARE = 0.02;
