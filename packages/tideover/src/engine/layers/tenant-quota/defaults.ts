/** Quotas and budgets kept at most; tenants are configured, so this is a guard, not a size. */
export const MAX_ACCOUNTS = 10_000;
/** How many of the least recently used accounts are looked at to find one that can be forgotten. */
export const EVICTION_LOOKS = 16;
/** Bytes of request per prompt token; see `estimateTokens`. */
export const BYTES_PER_TOKEN = 4;
/** Least suggested wait, in ms: a wait of a millisecond would only bring the caller back to the same refusal. */
export const LEAST_RETRY_AFTER_MS = 100;
