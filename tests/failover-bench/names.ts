/** The model that callers ask for: the primary provider's own, unless a scenario says otherwise. */
export const PRIMARY_MODEL = "sim-primary";
/** What the fallback provider has in its place. */
export const FALLBACK_MODEL = "sim-fallback";
/** The model of a sound call, which no fault strikes. */
export const SOUND_MODEL = "sim-sound";
/** The key that callers send. */
export const CALLER_KEY = "sk-bench";
