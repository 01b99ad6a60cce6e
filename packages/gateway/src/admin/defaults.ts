/** Requests under way that are followed at once; beyond them only their end is kept. */
export const MOST_OPEN_DRAFTS = 10_000;
/**
 * Requests a second that are noted in full, and as many more of those that went wrong: nobody looks at more, and what is
 * kept for a while costs the garbage collector more than what is forgotten at once.
 */
export const NOTED_PER_SECOND = 100;
/** How many of each may come at once. */
export const NOTED_AT_ONCE = 200;
/** Things that are noted of one request; a ladder of ten rungs with all its attempts needs about forty. */
export const MOST_SPANS = 100;
/** What is kept of one prompt, in bytes, where prompts are kept. */
export const MOST_PROMPT_BYTES = 16 * 1024;
/** Changes of providers that are remembered. */
export const MOST_PROVIDER_EVENTS = 200;
/** Ticks that are remembered for a page that opens: five minutes. */
export const MOST_TICKS = 300;
/** Between two ticks of the live stream, in ms. */
export const TICK_MS = 1_000;
/** How long ticks go on after the last reader has left, in ms: whoever reloads the page finds no hole. */
export const LINGER_MS = 60_000;
/** Readers of the live stream at once. */
export const MOST_LIVE_READERS = 50;
/** Requests that one event of the live stream names at most. */
export const MOST_REQUESTS_A_TICK = 20;
/** Events that wait for a slow reader of the live stream; beyond them the oldest ticks are left out. */
export const MOST_EVENTS_WAITING = 30;
/** The period that an overview's figures are of, in ms. */
export const OVERVIEW_PERIOD_MS = 60_000;
/** Between two snapshots that are remembered for it, in ms. */
export const BASE_EVERY_MS = 5_000;
/** How long the job store may take to say how many jobs there are, in ms; then the last count stands. */
export const COUNTS_PATIENCE_MS = 1_000;
/** How old a count of jobs may be before they are counted again, in ms. */
export const COUNTS_FRESH_MS = 1_000;
/** Entries on a page of a list: unless said, and at most. */
export const PAGE = 50;
export const MOST_PER_PAGE = 500;
/** Largest configuration that is checked, in bytes. */
export const MOST_YAML_BYTES = 1_048_576;
