/** The most time kept back for the rungs below, in ms: a template or a stale copy is ready well within it. */
export const MOST_RESERVE_MS = 1_500;
/** The share of the whole deadline that is kept back at most, so that a 200 ms decision keeps 150 ms for the model. */
export const MOST_RESERVE_SHARE = 0.25;
