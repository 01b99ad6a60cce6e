/**
 * The candidate that `word` was most likely meant to be, or undefined when none is close.
 * Case, `-` and `_` are ignored, so that `base_url` finds `baseUrl`; beyond that a third of the letters may be wrong
 * (edit distance, where two swapped letters are one mistake).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const distance = distanceBetween(wanted, known);
    const tolerated = Math.max(1, Math.floor(Math.max(wanted.length, known.length) / 3));
    if (distance <= tolerated && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters of a word that are compared: longer words are not slips of a known one. */
const MOST_COMPARED = 64;

function plain(word: string): string {
  return word.slice(0, MOST_COMPARED).toLowerCase().replaceAll(/[-_]/g, "");
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other (optimal string
 * alignment; the usual table, of which three rows are kept).
 */
function distanceBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(at(row, j) + 1, at(next, j - 1) + 1, replaced);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) least = Math.min(least, at(before, j - 2) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}
