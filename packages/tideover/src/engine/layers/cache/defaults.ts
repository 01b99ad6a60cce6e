/** Level one's size in a gateway, in bytes: some 100,000 answers of a page of text. */
export const CACHE_MEMORY_BYTES = 256 * 1_024 * 1_024;
/** Level one's size in an SDK, in bytes: an edge worker has 128 MiB in all. */
export const SDK_CACHE_MEMORY_BYTES = 32 * 1_024 * 1_024;
/** The longest answer that is stored, in bytes or UTF-16 units of its events; a page of text is some 100 KiB as a stream. */
export const MOST_STORED_LENGTH = 5 * 1_024 * 1_024;
/** What an entry costs beside its texts, in bytes: key, node, map slot and members (measured on Node 24: 620). */
export const ENTRY_OVERHEAD_BYTES = 640;
/** What parsed events cost per UTF-16 unit of their text, in bytes: objects, members and numbers. */
export const PARSED_BYTES_PER_UNIT = 8;
/** Share of level one's bytes that parsed events of often asked answers may have beside it. */
export const PARSED_SHARE = 1 / 16;

/** How much sooner an answer made in the background may expire: what was warmed together does not expire together. */
export const FRESH_JITTER = 0.1;
/** From this urgency on (RFC 9218) answers are made in the background: jobs, warming and refreshes. */
export const BACKGROUND_FROM = 6;
/** Share of the fresh time after its end in which a copy may still be given while it is being refreshed (RFC 5861). */
export const REVALIDATE_SHARE = 0.1;
/** Hits since the last refresh from which an entry is worth one: every refresh is a paid generation. */
export const HITS_WORTH_A_REFRESH = 2;
/** XFetch's beta (Vattani, Chierichetti, Lowenstein, VLDB 2015): 1 is optimal for exponential recompute times. */
export const EARLY_REFRESH_BETA = 1;
/** Refreshes at the same time. */
export const MOST_REFRESHES = 16;
/** After a refresh that brought nothing, its entry is left alone so long, in ms. */
export const REFRESH_PAUSE_MS = 10_000;
/** The urgency of refreshes: background. */
export const REFRESH_PRIORITY = 7;

/** How long a request waits for level two, in ms; after that it is a miss. */
export const STORE_READ_MS = 100;
/** A timer this late, in ms, says that our own event loop was busy, and nothing about the store. */
export const STALL_MS = 25;
/** How long one write to level two may take, in ms. */
export const STORE_WRITE_MS = 2_000;
/** Failures in a row after which level two is left alone. */
export const STORE_FAILURES = 3;
/** How long it is left alone, in ms; then one operation at a time tries again. */
export const STORE_PAUSE_MS = 1_000;
/** Writes that may wait for level two; more are dropped, newest first. */
export const MOST_WAITING_WRITES = 1_024;
/** UTF-16 units of answers that may wait for level two. */
export const MOST_WAITING_LENGTH = 32 * 1_024 * 1_024;
/** Writes to level two at the same time. */
export const WRITES_AT_ONCE = 4;
