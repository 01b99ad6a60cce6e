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
    text.writeRun(run, 0, Number.POSITIVE_INFINITY);
    yield* run;
  }
}

/** The first `count` tokens of {@link textTokens}. */
export function firstTextTokens(seed: number, count: number): string[] {
  const text = new RunningText(seed);
  // As long as it will be from the start: a list that grows is copied again and again, and every answer has one or two.
  const tokens = new Array<string>(count);
  for (let at = 0; at < count; ) at = text.writeRun(tokens, at, count);
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

  /** Writes the next run from `start` on, and no further than `end`. @returns where the text goes on */
  writeRun(tokens: string[], start: number, end: number): number {
    const random = this.#random;
    const vocabulary = this.#chinese ? CHINESE_WORDS : ENGLISH_WORDS;
    let at = start;
    if (!this.#begun && at < end) tokens[at++] = pick(random, vocabulary).trimStart();
    this.#begun = true;
    const wordsEnd = at + 4 + Math.floor(random.next() * 8);
    while (at < wordsEnd && at < end) tokens[at++] = pick(random, vocabulary);
    if (at < end) tokens[at++] = pick(random, this.#chinese ? CHINESE_STOPS : ENGLISH_STOPS);
    if (random.next() < 0.35 && at < end) tokens[at++] = pick(random, EMOJI);
    if (random.next() < 0.25 && at < end) tokens[at++] = pick(random, BREAKS);
    if (random.next() < 0.5) this.#chinese = !this.#chinese;
    return at;
  }
}
