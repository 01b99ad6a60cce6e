import { COUNTING_PROMPT, COUNTING_TOKENS, SAMPLE_PROMPT, SAMPLE_TOKENS } from "./defaults.ts";

/** Characters of English per token (DeepSeek, "Token & Token Usage": about 0.3 tokens per character). */
const CHARACTERS_PER_TOKEN = 3;
/** Tokens that a host adds around each message. */
const FRAME_TOKENS = 10;
/** Cuts in which the configured continuation is tried, and other modes, one cut each. */
const CUTS = 4;
const OTHER_MODES = 6;

/** The most tokens, prompts and answers together, that the examination of one provider can cost. */
export function mostTokens(options: { samples: number; tryModes: boolean; keys: number }): number {
  const prompt = (text: string) => Math.ceil(text.length / CHARACTERS_PER_TOKEN) + FRAME_TOKENS;
  const samples = Math.max(1, options.samples) + options.keys - 1;
  const continuations = CUTS + (options.tryModes ? OTHER_MODES : 0);
  // A continuation brings part of the answer along, which then is prompt.
  const counting = prompt(COUNTING_PROMPT) + COUNTING_TOKENS;
  return samples * (prompt(SAMPLE_PROMPT) + SAMPLE_TOKENS) + counting + continuations * (counting + COUNTING_TOKENS);
}
