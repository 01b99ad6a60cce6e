/** The furthest end that may be set, in ms from the start: a game day that somebody forgets is over by tomorrow. */
export const CHAOS_LONGEST_MS = 24 * 3_600_000;
/** The largest share of attempts that may be hit: the others show how the provider really is. */
export const CHAOS_MOST_SHARE = 0.5;
/** Calls of this urgency and below it (RFC 9218: the lower, the more urgent) are critical, and left alone unless asked for. */
export const CHAOS_CRITICAL_TO = 1;
/** How far back real failures count, in ms. */
export const TROUBLE_WINDOW_MS = 60_000;
/** Fewest attempts without a fault of ours in that time before their failures mean anything. */
export const TROUBLE_MINIMUM = 10;
/** Share of those that really failed from which on nothing is injected. A provider at its peak fails 4% of its calls. */
export const TROUBLE_SHARE = 0.1;
