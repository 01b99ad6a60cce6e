/** How long a stream is kept after its end, and after its last reader left, in ms: semantics, "a resumable stream". */
export const KEPT_MS = 60_000;

/**
 * The most that one stream's log holds, in bytes: some 4,000 chunks of 250 bytes, a long answer. Of a longer one the
 * oldest part that was handed out goes first.
 */
export const MOST_STREAM_BYTES = 1024 * 1024;

/** The most that all logs hold together, in bytes. Beyond it streams that have ended make room, the oldest first. */
export const MOST_BYTES = 64 * 1024 * 1024;

/** The most streams that are kept at a time. Beyond it a stream is as good as any, but cannot be resumed. */
export const MOST_STREAMS = 2_000;

/** The most readers of one stream at a time: a page, and the connections whose loss nobody has noticed yet. */
export const MOST_READERS = 8;

/**
 * How far the provider may be read ahead of the reader that is furthest, in bytes; then it has to wait, as it waits for
 * a slow client. Half a log, so that as much of what was handed out is still there for whoever lost it on the way.
 */
export const MOST_AHEAD_BYTES = MOST_STREAM_BYTES / 2;

/** The most that is given to a reader at once, in bytes. */
export const PIECE_BYTES = 64 * 1024;
