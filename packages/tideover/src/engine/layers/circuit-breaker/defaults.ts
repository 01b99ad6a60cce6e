import type { FailureKind } from "../../failure.ts";

/** Failures in a row that open the breaker; Envoy's outlier detection and the classic recipe use the same. */
export const BREAKER_CONSECUTIVE = 5;
/** How unlikely a run of failures must be, by the share of failures before it, to open the breaker: once in months. */
export const CHANCE_OF_A_RUN = 1e-7;
/** A row of failures has no excuse in what is still under way when it has lasted so many times a usual success. */
export const SUCCESS_TIMES = 3;
/** How long a success may take while none has been seen, in ms: a first token of a model that thinks. */
export const SUCCESS_MS_BEFORE_ANY = 10_000;
/** Share of the newest success in how long one usually takes. */
export const SUCCESS_WEIGHT = 0.05;
/** Share of failures in the window that opens it. */
export const BREAKER_RATIO = 0.5;
/** Results in the window before the share means anything. Polly's and resilience4j's 100 never trip at LLM rates. */
export const BREAKER_MINIMUM = 10;
/** How far back results count, in ms; longer than the time to a first token, when results are scored. */
export const BREAKER_WINDOW_MS = 60_000;
/** Buckets of the window. */
export const BREAKER_BUCKETS = 12;
/** How long it stays open at first, in ms; doubles with every failed round of probes. */
export const BREAKER_OPEN_MS = 10_000;
/** How long it stays open at most, in ms; decided by scenarios (decision 0008). */
export const BREAKER_MAX_OPEN_MS = 20_000;
/** The longest Retry-After that keeps a breaker open, in ms: a provider's word counts, but not for an afternoon. */
export const MOST_RETRY_AFTER_MS = 120_000;
/** Concurrent calls that may try a half-open provider. One slow probe must not block recovery. */
export const BREAKER_PROBES = 3;
/** What counts as a failure: the provider's troubles, never the caller's, the key's or our own refusals. */
export const BREAKER_COUNTS: readonly FailureKind[] = ["fault", "overloaded"];
/** Different requests that must get a blank answer before it counts: a prompt alone can cause one. */
export const BLANK_ANSWERS_THAT_COUNT = 3;
/** Calls in flight at which the slow start after closing ends: from there the limit, not the breaker, protects. */
export const SLOW_START_END = 64;
