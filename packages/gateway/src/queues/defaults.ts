/** How long a publication may take to be confirmed, in ms; a job that was not told of is told again later. */
export const CONFIRM_MS = 1_000;
/** Most messages that a process holds without a worker that takes them. */
export const MOST_HELD = 64;
/** How long a message is held without a worker that takes it, in ms; then others may have it. */
export const HELD_MS = 1_000;
/** What names of queues and topics begin with, unless the address says another. */
export const NAME_PREFIX = "tideover";
