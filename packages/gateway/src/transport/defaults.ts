/**
 * Bytes of a response body that wait for a slow reader before the socket is paused. One socket read more may follow.
 * 32 KiB, some 150 frames of a token: what waits for a slow reader lies in several forms (the read, its events, the text
 * that goes out), so that a stream that is held back costs some ten times this.
 */
export const BODY_BUFFER_BYTES = 32 * 1024;

/** Longest response head, in bytes. 64 KiB: four times Node's default; some clouds send very long policy headers. */
export const MAX_RESPONSE_HEADER_BYTES = 64 * 1024;

/** Sockets per origin. Far above any provider's concurrency; more requests than this wait for a free one. */
export const MAX_CONNECTIONS_PER_ORIGIN = 4096;

/** Origins with open sockets at one time. */
export const MAX_ORIGINS = 1024;

/**
 * How long an idle connection is kept for the next request, in ms, where the server does not say it.
 * 30 s: below the 60 s at which most load balancers close theirs, so that a stale one is rarely picked.
 */
export const KEEP_ALIVE_MS = 30_000;

/** Longest time that a server's own `Keep-Alive` hint is believed, in ms. */
export const KEEP_ALIVE_MAX_MS = 300_000;

/**
 * How long one address of a host may take before the next is tried, in ms. Node's default of 250 ms gives up good
 * addresses on intercontinental links, where a handshake alone can take longer.
 */
export const NEXT_ADDRESS_AFTER_MS = 1_000;

/** How long a proxy may take to answer `CONNECT`, in ms, when nobody aborts before. */
export const PROXY_CONNECT_MS = 30_000;

/** Content codings stacked on one response; more is an attack or an accident. */
export const MAX_CONTENT_CODINGS = 3;

/** A connection is not picked any more so long (ms) before its server's own hint runs out: the request needs time to get there. */
export const KEEP_ALIVE_MARGIN_MS = 1_000;

/** How often idle connections whose time is over are looked for, in ms. */
export const IDLE_SWEEP_MS = 5_000;

/** Most bytes of one read from a provider's connection: what the kernel has at hand of a fast stream. */
export const READ_BUFFER_BYTES = 32 * 1024;

/** Silence on a connection after which the operating system probes whether the other side is still there, in ms. */
export const TCP_KEEP_ALIVE_MS = 60_000;

/** URLs whose parts are remembered: a provider has a handful. */
export const MAX_REMEMBERED_URLS = 256;
