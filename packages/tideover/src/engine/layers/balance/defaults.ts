/**
 * How long a key that the provider refused (401, 402, 403) is left alone, in ms, before one call may try it again:
 * long enough not to hammer a closed account, short enough to notice a top-up.
 */
export const ISOLATION_MS = 5 * 60_000;
/**
 * How far above its fair share of the calls in flight an account may be for the sake of affinity. Mirrokni, Thorup and
 * Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016: any factor above 1 keeps the bound, a smaller one moves
 * more calls away from their account.
 */
export const BOUNDED_LOAD = 1.25;
/** Up to so many accounts all are compared on overflow; of more, two are drawn (Mitzenmacher, 2001). */
export const COMPARE_ALL_UP_TO = 4;
/** In which time an account's past speed counts 1/e, in ms. Finagle and tower: 10 s, for calls a tenth as long. */
export const FIRST_TOKEN_FADE_MS = 30_000;
/** What an account is taken to need for a first token before one was measured, in ms; tower's is the same. */
export const UNMEASURED_FIRST_TOKEN_MS = 1_000;
/** Share of all calls that an unmeasured account gets at most while others are measured. */
export const UNMEASURED_SHARE = 0.1;
/** A failure counts as a first token at least this late, in ms: what fails fast must not look fast. */
export const FAILURE_PENALTY_MS = 10_000;
/** How long after a failure an account's own calls go to others, in ms, unless it answers before. */
export const MISTRUST_MS = 10_000;
/** How much of the system prompt is read to tell it from others, in UTF-16 code units. */
export const AFFINITY_PROMPT_LENGTH = 2_048;
