/**
 * How long a key that the provider refused (401, 402, 403) is left alone, in ms, before one call may try it again:
 * long enough not to hammer a closed account, short enough to notice a top-up.
 */
export const ISOLATION_MS = 5 * 60_000;
