/** How long one command may take, in ms. Redis answers in one; whoever waits longer waits in vain. */
export const COMMAND_TIMEOUT_MS = 100;
/** How long one step of a purge or a clean-up may take, in ms: nobody waits for it with an answer in hand. */
export const SLOW_COMMAND_TIMEOUT_MS = 2_000;
/** Commands under way on one connection; more are refused at once. */
export const MAX_IN_FLIGHT = 1_000;
/** How long a connection that owes replies may be silent before it is given up, in ms: what frees hanging commands. */
export const SILENT_SOCKET_MS = 1_000;
/** How long a connection may take, in ms. */
export const CONNECT_TIMEOUT_MS = 1_000;
/** First and longest pause between attempts to connect, in ms; doubles between them. */
export const FIRST_RECONNECT_MS = 50;
export const LONGEST_RECONNECT_MS = 1_000;
/** What every key and channel begins with, unless the address says otherwise. */
export const KEY_PREFIX = "tideover:";
/** Keys that one step of a purge looks at. */
export const SCAN_COUNT = 500;
/** How often a waiting read looks by itself, in ms, in case the notice was lost with a connection. */
export const LOOK_AGAIN_MS = 250;
/** How long a channel stays subscribed after nobody listens, in ms: a follower reads again at once. */
export const CHANNEL_LINGER_MS = 5_000;
/** Channels subscribed at a time; reads beyond only look by themselves. */
export const MAX_CHANNELS = 2_000;
/** Vectors of questions that one scope's list holds: as many as the engine compares within a scope. */
export const MOST_VECTORS = 1_000;
