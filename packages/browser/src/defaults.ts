/** How long the status may be unheard of before the service counts as out of reach, in ms: a reconnect takes 3 s. */
export const LOST_AFTER_MS = 5_000;

/** How often the status is asked for where it cannot be followed, in ms. */
export const POLL_MS = 10_000;

/** How often it is asked for before following is tried again. */
export const POLLS_BEFORE_FOLLOWING = 6;

/** How many answers are kept; the oldest go first. */
export const MOST_ANSWERS = 200;

/** How long an answer is kept, in ms: a week, as long as the gateway keeps stale copies. */
export const ANSWERS_KEPT_MS = 7 * 24 * 3_600_000;

/** How long a live answer is waited for before a kept one is shown, in ms: people look away after some seconds. */
export const PATIENCE_MS = 8_000;

/** How many tickets a page follows at most; the oldest are forgotten first. */
export const MOST_TICKETS = 50;

/** How many tickets are followed by open connections; browsers give HTTP/1.1 only six, for all tabs of a site together. */
export const MOST_TICKET_STREAMS = 1;

/** How long a ticket that has ended is remembered, in ms: a day. */
export const TICKETS_KEPT_MS = 24 * 3_600_000;

/** The wait before a ticket is asked for again, in ms: from here, doubling, to the most. */
export const TICKET_POLL_MS = 5_000;
export const MOST_TICKET_POLL_MS = 60_000;

/** How long a lost stream is tried again, in ms: as long as the gateway keeps it. */
export const RESUME_FOR_MS = 60_000;

/** The wait before a lost stream is tried again, in ms: from here, doubling, to the most. */
export const RESUME_DELAY_MS = 250;
export const MOST_RESUME_DELAY_MS = 4_000;

/** Silence after which a stream counts as lost, in ms: three of the gateway's signs of life. */
export const SILENCE_MS = 45_000;
