/** Most calls of tools in one answer; OpenAI and DeepSeek allow 128 tools. */
export const MOST_CALLS = 1_024;
/** Most text of one answer that is kept while it is streamed, in UTF-16 units: the last events repeat all of it. */
export const MOST_RESPONSE_LENGTH = 64 * 1024 * 1024;
