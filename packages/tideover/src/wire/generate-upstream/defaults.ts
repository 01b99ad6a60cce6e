/** Most tokens of an answer where the caller sets no limit: vLLM's own default is 16, which no chat answer fits into. */
export const ANSWER_TOKENS = 1_024;
