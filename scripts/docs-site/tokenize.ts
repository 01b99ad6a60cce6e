/** Longest word that is looked for, in characters. */
const MOST = 40;

/**
 * The words of a text for the search, the same when the index is made and when a reader types: words of letters and
 * digits in lower case, and Chinese, which has no spaces, as each character and each pair of neighbours.
 */
export function tokenize(text: string): string[] {
  const words: string[] = [];
  // Letters but Chinese: where a word and Chinese touch, in whichever order, each is a run of its own.
  for (const [run] of text.toLowerCase().matchAll(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{Letter}\p{Number}_])+/gu)) {
    if (!/^\p{Script=Han}/u.test(run)) {
      words.push(run.slice(0, MOST));
      continue;
    }
    const signs = [...run];
    words.push(...signs, ...signs.slice(1).map((sign, index) => `${signs[index]}${sign}`));
  }
  return words;
}
