/**
 * Words by which errors are told apart where status and type do not. They come from the hosts' documents and from
 * public issue threads; each pattern is as long as it has to be, so that a caller's own words rarely match.
 */

/** The prompt, or prompt and answer, do not fit the model. */
const CONTEXT_TOO_LONG = [
  /maximum context length/i, // DeepSeek, OpenAI, vLLM, OpenRouter
  /context[_ ]length[_ ]exceeded/i, // OpenAI's code
  /exceeds? the (available |model'?s? )?(maximum )?context/i, // llama.cpp, LM Studio
  /exceed(s|ed)? (the )?(max(imum)? )?context (length|size|window)/i, // Ollama and others
  /context window (exceeds|is full|exceeded)/i,
  /longer than the (model'?s )?context length/i, // SGLang, vLLM
  /maximum prompt length is \d+/i,
  /prompt (is|was) too long/i,
  /range of input length should be/i, // DashScope
  /reduce the length of the (messages|prompt|input)/i, // OpenAI
  /input length .* exceeds/i,
  /tokens?_too_long/i, // Qianfan
];

/** The host does not know the model. */
const MODEL_NOT_FOUND = [
  /^model not exist/i, // DeepSeek
  /\bmodel does not exist/i, // SiliconFlow
  /\bmodel\b.{0,120}\b(does not exist|not found|is not available|not supported)/i, // OpenAI, vLLM, Ollama
  /\b(unknown|invalid) model\b/i,
  /is not a valid model/i, // OpenRouter
  /no (such|available) model/i,
];

/** The host is busy, whatever status it says so with. */
const BUSY = [
  /too busy/i, // DeepSeek, SiliconFlow
  /\bserver (is )?busy/i, // Ollama, DeepSeek's pages
  /\bmodel busy/i, // DeepInfra
  /queue is full/i, // opencode
  /\b(overloaded|over capacity|at capacity)\b/i, // Anthropic's and others' words
  /no available (capacity|instance|channel)/i,
  /服务器繁忙|系统繁忙|请求过于频繁/,
];

/** The account cannot pay: waiting does not help, unlike at other 429 answers. */
const OUT_OF_MONEY = [
  /insufficient[_ ](balance|quota|credits?|funds)/i, // DeepSeek, OpenAI
  /exceeded your current quota/i, // OpenAI
  /credit[_ ]balance/i, // OpenAI, Anthropic
  /(spend|spending|usage)_limit_exceeded/i, // OpenAI
  /overdue balance|account.{0,20}(is )?(in )?arrears/i, // Ark, DashScope
  /余额不足|欠费/,
];

/** What was written offends the host's rules. */
const MODERATION = [/moderation/i, /content (policy|risk)/i, /sensitive content|SensitiveContent/i, /flagged/i];

/** A server that is up but not ready. */
const LOADING = [/loading model/i, /model is (still )?loading/i];

const any = (patterns: readonly RegExp[], text: string): boolean => patterns.some((pattern) => pattern.test(text));

export const saysContextTooLong = (text: string): boolean => any(CONTEXT_TOO_LONG, text);
export const saysModelNotFound = (text: string): boolean => any(MODEL_NOT_FOUND, text);
export const saysBusy = (text: string): boolean => any(BUSY, text);
export const saysOutOfMoney = (text: string): boolean => any(OUT_OF_MONEY, text);
export const saysModeration = (text: string): boolean => any(MODERATION, text);
export const saysLoading = (text: string): boolean => any(LOADING, text);

/**
 * The concurrency limit that a refusal states, in calls.
 * DeepSeek: "Your current concurrency is 26, which exceeds your concurrency limit of 25 based on your remaining balance."
 */
export function readStatedConcurrency(text: string): number | undefined {
  const digits = /concurrency limit(?: of| is|:)?\s*(\d{1,6})\b/i.exec(text)?.[1];
  const limit = digits === undefined ? 0 : Number(digits);
  return limit > 0 ? limit : undefined;
}
