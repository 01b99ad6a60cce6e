/** Tokens per character of Latin text, as DeepSeek's own rule of thumb for its tokenizer states it. */
const TOKENS_PER_LATIN_CHARACTER = 0.3;
/** Tokens per Chinese character, from the same rule. */
const TOKENS_PER_WIDE_CHARACTER = 0.6;
/** First code unit that counts as wide: the start of the CJK blocks. */
const FIRST_WIDE_CODE_UNIT = 0x2e80;

/** The weight of one UTF-16 code unit, in tokens. */
export function tokensOfCodeUnit(codeUnit: number): number {
  return codeUnit >= FIRST_WIDE_CODE_UNIT ? TOKENS_PER_WIDE_CHARACTER : TOKENS_PER_LATIN_CHARACTER;
}

/** About how many tokens a text is; 0 only for an empty text. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (let index = 0; index < text.length; index++) tokens += tokensOfCodeUnit(text.charCodeAt(index));
  return Math.ceil(tokens);
}
