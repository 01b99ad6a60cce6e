/** Longest wait for a name, a connection, a TLS handshake or a small document, in ms; the engine's connect limit. */
export const SHORT_WAIT_MS = 5_000;
/** Longest wait for one answer, in ms: above the first-token limit of a model that thinks. */
export const ANSWER_WAIT_MS = 60_000;
/** Longest examination of all providers together, in s, unless said. */
export const TOTAL_SECONDS = 180;
/** Small streams that the first token is timed with, unless said. */
export const SAMPLES = 3;
/** Most of them: a doctor is not a load test. */
export const MOST_SAMPLES = 20;
/** Largest list of models or balance that is read, in bytes. */
export const MOST_DOCUMENT_BYTES = 2 * 1024 * 1024;

/** What the small streams ask. */
export const SAMPLE_PROMPT = "Answer with the single word: ready";
/** Most tokens of such an answer. */
export const SAMPLE_TOKENS = 16;
/**
 * What the continuation is tried with: no two places of the answer look alike, every model knows it, and each word
 * follows from the one before, so that sampling changes nothing.
 */
export const COUNTING_PROMPT =
  "Write the numbers from one to forty in English words, in order, separated by a comma and a space. Write nothing else.";
/** Most tokens of such an answer. */
export const COUNTING_TOKENS = 200;
/** An answer shorter than this shows nothing about continuation, in UTF-16 units. */
export const SHORTEST_WHOLE = 40;
/** Text by which a continuation is recognised, in UTF-16 units; the engine looks for as much. */
export const HEAD_LENGTH = 8;
/** Text at its beginning by which an answer begun anew is recognised, in UTF-16 units. */
export const RESTART_LENGTH = 6;
