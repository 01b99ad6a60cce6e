/** The model that is fetched when none is named: small, and it thinks. Some 1.7 GB at q4. */
export const DEFAULT_MODEL = "onnx-community/DeepSeek-R1-Distill-Qwen-1.5B-ONNX";
/** A smaller one for machines with less memory, or answers that must come sooner; it does not think. */
export const SMALL_MODEL = "onnx-community/Qwen2.5-0.5B-Instruct";
/** Their number format. */
export const DEFAULT_DTYPE = "q4";

/** Most redirects of one request; the hub makes one or two, to its storage. */
export const MOST_REDIRECTS = 5;
/** Longest answer of the hub that is not a file, in bytes. */
export const MOST_LISTING_BYTES = 8 * 1_024 * 1_024;
/** Longest wait for a response's head, or for more of a body, in ms. */
export const PATIENCE_MS = 30_000;
/** Tries of one file that bring nothing before it is given up; a try that brings bytes begins the count anew. */
export const MOST_FRUITLESS_TRIES = 4;
/** First pause between two tries, in ms; doubles. */
export const FIRST_PAUSE_MS = 1_000;
/** Space that is left on the disk, in bytes. */
export const DISK_MARGIN_BYTES = 64 * 1_024 * 1_024;
/** How often progress is told, in ms. */
export const PROGRESS_MS = 200;
