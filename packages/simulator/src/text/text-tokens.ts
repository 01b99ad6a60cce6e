import { type Random, seededRandom } from "tideover/engine";
import { BREAKS, CHINESE_STOPS, CHINESE_WORDS, EMOJI, ENGLISH_STOPS, ENGLISH_WORDS } from "./vocabulary.ts";

const pick = (random: Random, choices: readonly string[]): string =>
  choices[Math.floor(random.next() * choices.length)] as string;

/**
 * Endless text for a seed, token by token: runs of Chinese and of English with emoji and line breaks between them.
 * The first token is never blank, and neither is any run of more than two.
 */
export function* textTokens(seed: number): Generator<string, never> {
  const text = new RunningText(seed);
  for (;;) {
    const run: string[] = [];
    text.appendRun(run);
    yield* run;
  }
}

/** The first `count` tokens of {@link textTokens}. */
export function firstTextTokens(seed: number, count: number): string[] {
  const text = new RunningText(seed);
  const tokens: string[] = [];
  while (tokens.length < count) text.appendRun(tokens);
  tokens.length = count;
  return tokens;
}

/** A text that is made run by run: every answer has one, so it is made without a step back to the reader per token. */
class RunningText {
  readonly #random: Random;
  #chinese: boolean;
  #begun = false;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#chinese = this.#random.next() < 0.5;
  }

  appendRun(tokens: string[]): void {
    const random = this.#random;
    const vocabulary = this.#chinese ? CHINESE_WORDS : ENGLISH_WORDS;
    if (!this.#begun) tokens.push(pick(random, vocabulary).trimStart());
    this.#begun = true;
    const words = 4 + Math.floor(random.next() * 8);
    for (let word = 0; word < words; word++) tokens.push(pick(random, vocabulary));
    tokens.push(pick(random, this.#chinese ? CHINESE_STOPS : ENGLISH_STOPS));
    if (random.next() < 0.35) tokens.push(pick(random, EMOJI));
    if (random.next() < 0.25) tokens.push(pick(random, BREAKS));
    if (random.next() < 0.5) this.#chinese = !this.#chinese;
  }
}
