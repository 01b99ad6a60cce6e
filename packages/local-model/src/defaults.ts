/** Prompt and answer together, in tokens, where no setting says more: a key-value cache for the whole of it is reckoned. */
export const CONTEXT_TOKENS = 4_096;

/** Longest answer, in tokens, where the caller sets no limit. */
export const ANSWER_TOKENS = 1_024;

/**
 * Prompt tokens per run of the model. Logits come for every token of a run (152 k numbers each for Qwen2), so a long
 * prompt in one run would need gigabytes; and an abort waits for one run at most.
 */
export const PREFILL_TOKENS = 64;

/** Calls that may wait while one is being answered. */
export const QUEUE_CAPACITY = 8;

/** An unused model is taken out of memory after this time, in ms. */
export const UNLOAD_AFTER_MS = 5 * 60_000;

/** A model that could not be loaded is tried again after this time at the earliest, in ms. */
export const RELOAD_PAUSE_MS = 10_000;

/** Longest time for a model to load, in ms; TensorRT may take minutes to build its engines. */
export const LOAD_PATIENCE_MS = 10 * 60_000;

/** Longest time that closing waits for the worker to end by itself before it is ended, in ms. */
export const CLOSE_PATIENCE_MS = 2_000;

/** Tokens after which undecodable bytes are shown as they are: the longest UTF-8 sequence has four. */
export const MOST_PENDING_TOKENS = 8;

/** White space in a row, outside strings, that JSON mode allows: small models otherwise write line breaks for ever. */
export const MOST_JSON_SPACE = 24;

/** Tokens refused one by one in JSON mode before the whole vocabulary is looked through. */
export const MOST_REFUSED_TOKENS = 512;

/**
 * Memory beyond weights and cache, as a share of the weights: ONNX Runtime repacks matrices at load, and activations
 * come on top. Assumed, to be on the safe side; `tideover model bench` shows the real figure.
 */
export const MEMORY_OVERHEAD = 0.25;

/** Memory that is left to the rest of the process and machine, in bytes. */
export const MEMORY_MARGIN_BYTES = 128 * 1_024 * 1_024;
