import { tokensOfCodeUnit } from "../text/token-estimate.ts";

/** DeepSeek caches prompts in blocks of this many tokens. */
const BLOCK_TOKENS = 64;

/** Blocks of one prompt that are looked at: a context of a million tokens has about 16,000. */
const MAX_BLOCKS_PER_PROMPT = 16_384;

/** Tokens of a prompt, and how many of them were cached. */
export interface PromptTokens {
  readonly total: number;
  /** A multiple of 64. */
  readonly cached: number;
}

/** Remembers the beginnings of prompts, as the provider's context cache does; the oldest are forgotten. */
export class PrefixCache {
  readonly #blocks = new Set<number>();
  readonly #capacity: number;

  /** @param capacity how many blocks of 64 tokens are remembered. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Counts a prompt's tokens, finds how long a beginning of it is known, and remembers it. */
  visit(prompt: string, isolation: number): PromptTokens {
    let tokens = 0;
    let hash = (0x811c9dc5 ^ isolation) >>> 0;
    let nextBlock = BLOCK_TOKENS;
    let blocks = 0;
    let cached = 0;
    let known = true;
    for (let index = 0; index < prompt.length; index++) {
      const codeUnit = prompt.charCodeAt(index);
      hash = Math.imul(hash ^ codeUnit, 0x01000193);
      tokens += tokensOfCodeUnit(codeUnit);
      if (tokens < nextBlock || blocks >= MAX_BLOCKS_PER_PROMPT) continue;
      nextBlock += BLOCK_TOKENS;
      blocks++;
      known &&= this.#blocks.has(hash);
      if (known) cached = blocks * BLOCK_TOKENS;
      this.#remember(hash);
    }
    return { total: Math.max(1, Math.ceil(tokens)), cached };
  }

  #remember(block: number): void {
    this.#blocks.delete(block);
    this.#blocks.add(block);
    if (this.#blocks.size <= this.#capacity) return;
    for (const oldest of this.#blocks) {
      this.#blocks.delete(oldest);
      return;
    }
  }
}
