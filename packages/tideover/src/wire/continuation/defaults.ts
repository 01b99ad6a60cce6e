/**
 * Least text that the rest of an answer must repeat before it is believed to be the rest, in UTF-16 units without the
 * white space around it. Two or three tokens: by chance another text begins so once in thousands of times.
 */
export const LEAST_OVERLAP = 8;
/** Least pieces (deltas) of the answer in that text: providers cut the same text into tokens differently. */
export const LEAST_OVERLAP_PIECES = 2;
/** Last pieces of an answer whose beginnings are remembered; the overlap is found among them, or begins earlier. */
export const REMEMBERED_PIECES = 64;
/** White space that a provider may put before the rest, in UTF-16 units; beyond it is no answer. */
export const MOST_LEADING_SPACE = 4_096;
/** Least text at which an instructed answer that repeats the beginning of what was shown counts as begun anew. */
export const LEAST_RESTART = 8;
/** What a host is told that can only be told. */
export const INSTRUCTION = "Continue exactly where your last message stopped. Do not repeat, do not comment.";
/** Longest repetition that is looked for at the beginning of an instructed answer, in UTF-16 units. */
export const LONGEST_REPETITION = 4_096;
