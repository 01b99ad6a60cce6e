/** Continuations of one answer: a second break is no accident. */
export const CONTINUATIONS_PER_REQUEST = 1;
