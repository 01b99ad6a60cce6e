/** Longest wait for a connection, in ms. Twenty times a slow TLS handshake across an ocean. */
export const CONNECT_MS = 5_000;
/** Longest wait for the first content event, in ms: above the p95 of a provider at its peak (deepseek `peak`: 20 s). */
export const FIRST_TOKEN_MS = 20_000;
/** The same when the model thinks first, in ms. */
export const FIRST_TOKEN_THINKING_MS = 60_000;
/** Longest silence between content events, in ms. Healthy streams pause below 30 s; stalls were seen from 146 s on. */
export const GAP_MS = 45_000;
/** Longest life of a stream, in ms; DeepSeek's own close timer was 30 min. */
export const TOTAL_MS = 30 * 60_000;
/** How long a finished answer waits for usage or `[DONE]` before it is taken as whole, in ms. */
export const FINISH_GRACE_MS = 2_000;
/** White space held back from the reader of a stream before it counts as content after all, in UTF-16 code units. */
export const BLANK_LIMIT = 4_096;
/** White space held at most where nobody reads along, in UTF-16 code units; beyond, the provider is taken to be broken. */
export const MOST_BLANK_LENGTH = 1_024 * 1_024;
/** Events held back before commit (role preambles, empty deltas); beyond, the provider is taken to be broken. */
export const PREAMBLE_LIMIT = 10_000;
/** How far back the rate of a stream is measured for `minRate`, in ms. */
export const RATE_WINDOW_MS = 30_000;
/**
 * Share of the first-token time after which a silence that the caller's deadline cut short says something about the
 * provider. Below it only the caller was in a hurry: a route with a 200 ms deadline must not shut out the others.
 */
export const SILENCE_SHARE = 0.5;
/** The reason of a `deadline` failure after such a silence. */
export const SILENT_UNTIL_DEADLINE = "silent-until-deadline";
/** Which quantile of a provider's own first tokens the learned patience (`firstToken: auto`) is made from. */
export const LEARNED_QUANTILE = 0.95;
/**
 * How many times that quantile is waited. First tokens are about lognormal: with a spread (sigma) of 0.5 this gives up
 * 1 in 17,000 of a sound provider's calls, with 1.0 about 1 in 300.
 */
export const LEARNED_FACTOR = 3;
/** The learned patience is never shorter, in ms: the limit calls nothing below 3 s late. */
export const LEARNED_LEAST_MS = 5_000;
/** Fewest first tokens of a model and prompt size before they mean anything; the same as for hedging. */
export const LEARNED_LEAST_SAMPLES = 100;
/** How long a learned patience is used before it is worked out again, in ms: a quantile costs some microseconds. */
export const LEARNED_REFRESH_MS = 1_000;
