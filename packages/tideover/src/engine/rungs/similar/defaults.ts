/** The most memory that vectors take, in bytes: some 10,000 of 1,536 numbers. */
export const VECTOR_BYTES = 64 * 1_024 * 1_024;
/** Questions that are remembered of one tenant, route and system prompt: they are searched one by one. */
export const MOST_QUESTIONS_PER_SCOPE = 1_000;
/** The longest question that is compared, in UTF-16 units: embedding models read some 8,000 tokens. */
export const MOST_QUESTION_LENGTH = 16_000;
/** How long a caller waits for the embedding of its question, in ms: it has waited for the live providers already. */
export const EMBED_MS = 1_000;
/** How long the embedding of an answered question may take, in ms: nobody waits for it. */
export const REMEMBER_MS = 30_000;
/** Answered questions that are embedded at the same time; more are not remembered. */
export const MOST_EMBEDDINGS = 4;
/** The urgency of embedding answered questions: background. */
export const REMEMBER_PRIORITY = 7;
/** Questions that are read of one scope at a time from the cache's second level: they come in one piece. */
export const MOST_READ_QUESTIONS = 256;
/** A scope's new questions are looked for there again after this long, in ms: another process may have answered some. */
export const LOOK_AGAIN_MS = 30_000;
/**
 * By how much later than its time says a question may come there, in ms: its vector waits for its answer to be written,
 * and the clocks of processes differ. What is younger than that is read again each time.
 */
export const LATE_MS = 60_000;
/** Scopes of which is known when they were read; the oldest is forgotten, and read again. */
export const MOST_READ_SCOPES = 10_000;
