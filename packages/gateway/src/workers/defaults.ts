/** How long an answer of the other process is waited for, in ms; a store that takes longer is as good as away. */
export const CALL_BOUND_MS = 30_000;

/** Questions to the other process that wait for their answer at one time; more are refused. */
export const MOST_CALLS = 50_000;

/** How long a worker may take from its start until it listens, in ms: loading the modules of a big machine under load. */
export const START_BOUND_MS = 60_000;

/** Before a worker that ended is replaced, in ms; doubled with every early end, up to the most. */
export const FIRST_PAUSE_MS = 100;
export const LONGEST_PAUSE_MS = 30_000;
/** A worker that lived so long has not ended early, in ms. */
export const PROVEN_MS = 60_000;

/** How often a worker says how it is, in ms. */
export const REPORT_MS = 250;
/** Reports that a worker may miss in a row; then it hangs, and is killed. */
export const MOST_SILENT_REPORTS = 120;

/** How long what was spent of rates and budgets is gathered before the other workers are told, in ms. */
export const GATHER_MS = 20;
/** Different rates and budgets that are gathered at once; more are told of at once. */
export const MOST_GATHERED = 1_000;

/** How often a worker asks for its part of a provider's limit while it has calls there, in ms. */
export const PERMITS_MS = 50;

/** After the grace of a stop, a worker has so long for the rest, in ms; then it is killed. */
export const LAST_WORDS_MS = 5_000;

/** Responses of the primary that are being read by one worker at a time. */
export const MOST_FORWARDED = 1_000;

/** How long ended exchanges are gathered before the primary is told, in ms, and how many at most: the rest only count. */
export const RELAY_MS = 250;
export const MOST_RELAYED = 250;
