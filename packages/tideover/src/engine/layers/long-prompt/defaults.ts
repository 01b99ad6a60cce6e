/**
 * How often a prompt is made still shorter when the provider says that it is too long, in tries: sizes are estimated, and
 * four halvings reach tokenizers that need sixteen times as many tokens as was thought.
 */
export const MOST_TRIES = 4;
/**
 * Share of the time that is left to the caller which summaries may take, together: the answer needs the other half.
 */
export const SUMMARY_TIME_SHARE = 0.5;
/** Summaries that are asked for one answer, those included that did not fit and were asked for in smaller pieces. */
export const MOST_SUMMARY_CALLS = 16;
