/**
 * How long an idle client connection is kept, in ms. 75 s: longer than the 60 s of common load balancers and client
 * pools, so that the side that picks the connection also is the one that closed it.
 */
export const CLIENT_KEEP_ALIVE_MS = 75_000;

/**
 * Connections that may wait to be accepted. Those beyond it believe that they are connected, and are heard a second
 * later or reset (listen(2), tcp(7)); Node's own 511 overflows when a busy event loop meets half a second of newcomers.
 * The system has a cap of its own (on Linux `net.core.somaxconn`, 4,096 since 5.4).
 */
export const LISTEN_BACKLOG = 4_096;

/** Client connections at one time; more are closed as they come. About 15 KB each when idle. */
export const MAX_CLIENT_CONNECTIONS = 10_000;

/**
 * How long the rest of a refused request is read and dropped, in ms, so that a client that sends everything before it
 * listens still gets to read why.
 */
export const LINGER_MS = 5_000;

/** Bodies above this many bytes are written in pieces of this size, so that a slow client's progress can be seen. */
export const WRITE_PIECE_BYTES = 64 * 1024;
