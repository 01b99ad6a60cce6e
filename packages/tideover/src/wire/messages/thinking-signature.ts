/**
 * Stands where Anthropic's own service signs a thinking block. It proves nothing and is not checked: it is there
 * because clients leave out unsigned blocks when they send a conversation back, and DeepSeek wants its reasoning back
 * in a loop of tool calls.
 */
export const THINKING_SIGNATURE = "tideover";
