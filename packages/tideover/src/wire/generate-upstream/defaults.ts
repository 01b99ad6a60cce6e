/** Most tokens of an answer where the caller sets no limit: vLLM's own default is 16, which no chat answer fits into. */
export const ANSWER_TOKENS = 1_024;

/** Most texts that may end an answer; each is looked for in every piece. DeepSeek takes 16 (API docs, `stop`), OpenAI 4. */
export const MOST_STOPS = 16;
