/** Most requests in one batch: OpenAI's limit. */
export const MOST_LINES = 50_000;
/** Longest line, in bytes: as large as a request's body may be (the front's default). */
export const MOST_LINE_BYTES = 32 * 1024 * 1024;
/** Longest `custom_id`, in characters: so that all of a batch's fit in memory. */
export const MOST_ID_LENGTH = 256;
/** Most flaws that are told of one input file. */
export const MOST_FLAWS = 100;
/** Deepest nesting of a line's body, as for other requests. */
export const MOST_DEPTH = 200;
/** Bounds of `completion_window`, in ms: OpenAI knows 24 h only. */
export const LEAST_WINDOW_MS = 1_000;
export const MOST_WINDOW_MS = 7 * 24 * 3_600_000;
/** Time that is left to write a batch's output before its jobs are forgotten, in ms. */
export const OUTPUT_RESERVE_MS = 3_600_000;
/** Bounds of `metadata`: OpenAI's. */
export const MOST_METADATA = 16;
export const MOST_METADATA_KEY = 64;
export const MOST_METADATA_VALUE = 512;
/** Most batches of one tenant that have not ended. */
export const MOST_ACTIVE = 50;
/** Batches on one page of the list: unless said, and at most. OpenAI's. */
export const BATCHES_PER_PAGE = 20;
export const MOST_BATCHES_PER_PAGE = 100;
/** Urgency of a batch's jobs: behind every ticket. */
export const BATCH_PRIORITY = 7;
/** Lines that become jobs at once: they share the store's commits. */
export const LINES_AT_ONCE = 256;
/** Jobs that are cancelled at once. */
export const CANCELS_AT_ONCE = 64;
/** Jobs whose answers are read at once for the output; each may be large. */
export const RESULTS_PER_PAGE = 50;
/** Pieces in which output is written, in characters. */
export const WRITE_LENGTH = 256 * 1024;
/** How often the batches that run are looked at, in ms. */
export const LOOK_MS = 500;
/** How often expired files are looked for while no batch runs, in ms. */
export const IDLE_MS = 60_000;
/** Batches that are worked on at once; the jobs of the others run all the same. */
export const BATCHES_AT_ONCE = 4;
/** Pause while the job store is full, in ms. */
export const FULL_PAUSE_MS = 1_000;
/** Pause of a batch after trouble, such as a full disk, in ms. */
export const TROUBLE_PAUSE_MS = 10_000;
/** How long an ended batch is listed, in ms: as long as a file by default. */
export const BATCH_KEEP_MS = 30 * 24 * 3_600_000;
