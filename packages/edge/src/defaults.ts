/**
 * Level one's size on an edge platform where the configuration does not say, in bytes. A Worker's isolate has 128 MiB
 * for everything, and several answers are on their way at the same time.
 */
export const EDGE_CACHE_MEMORY_BYTES = 16 * 1_024 * 1_024;

/**
 * How long what a request has begun may go on after its response, in ms. Cloudflare ends it 30 s after the response
 * (or the caller's leaving); what has not ended by itself shortly before is left to that.
 */
export const MOST_BACKGROUND_MS = 28_000;

/**
 * How long a request that did not end well keeps its platform, in ms: a read of the shared store that it began may be
 * what others wait for, and such a read ends within this time (100 ms, and a margin for late timers).
 */
export const UNFINISHED_READ_MS = 200;

/** Rounds of waiting for writes: those under way, and those that were queued behind them. */
export const WRITE_ROUNDS = 4;

/** How long one request to a Redis over HTTP may take that brings no bound of its own, in ms. */
export const REDIS_REQUEST_MS = 2_000;

/**
 * Between two requests of one who leads or follows a flight in a Redis over HTTP, in ms: each is counted, by the platform
 * (Workers bound the requests that one request may make) and by whoever runs the Redis. Followers are behind by twice
 * that at most.
 */
export const REDIS_PACE_MS = 250;

/** The longest such time, in ms: an append is given up after a second, and a lease is over after three. */
export const MOST_REDIS_PACE_MS = 750;

/**
 * The longest entry of the Cache API, in bytes: the engine keeps answers of five million UTF-16 units at most, which take
 * three bytes each at worst, and an isolate has 128 MiB for everything.
 */
export const MOST_CACHED_BYTES = 16 * 1_024 * 1_024;

/** The longest `Cache-Tag` header, in bytes: what Cloudflare takes is 16 KiB. */
export const MOST_CACHE_TAG_BYTES = 16_000;

/**
 * What a Durable Object holds of its flight: it has 128 MiB for everything, and a log has five million UTF-16 units at
 * most, of two bytes each at worst. One flight, and room for the one before it.
 */
export const FLIGHT_OBJECT_BOUNDS = { flights: 4, units: 12 * 1_024 * 1_024 };
