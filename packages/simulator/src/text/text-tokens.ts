import { type Random, seededRandom } from "tideover/engine";
import { BREAKS, CHINESE_STOPS, CHINESE_WORDS, EMOJI, ENGLISH_STOPS, ENGLISH_WORDS } from "./vocabulary.ts";

const pick = (random: Random, choices: readonly string[]): string =>
  choices[Math.floor(random.next() * choices.length)] as string;

/**
 * Endless text for a seed, token by token: runs of Chinese and of English with emoji and line breaks between them.
 * The first token is never blank, and neither is any run of more than two.
 */
export function* textTokens(seed: number): Generator<string, never> {
  const random = seededRandom(seed);
  let chinese = random.next() < 0.5;
  yield chinese ? pick(random, CHINESE_WORDS) : pick(random, ENGLISH_WORDS).trimStart();
  for (;;) {
    const words = 4 + Math.floor(random.next() * 8);
    for (let word = 0; word < words; word++) yield pick(random, chinese ? CHINESE_WORDS : ENGLISH_WORDS);
    yield pick(random, chinese ? CHINESE_STOPS : ENGLISH_STOPS);
    if (random.next() < 0.35) yield pick(random, EMOJI);
    if (random.next() < 0.25) yield pick(random, BREAKS);
    if (random.next() < 0.5) chinese = !chinese;
  }
}

/** The first `count` tokens of {@link textTokens}. */
export function firstTextTokens(seed: number, count: number): string[] {
  const tokens: string[] = [];
  for (const token of textTokens(seed)) {
    if (tokens.length >= count) break;
    tokens.push(token);
  }
  return tokens;
}
