import { LEAST_OVERLAP, LEAST_OVERLAP_PIECES } from "./defaults.ts";

/** A text with the beginnings of its last pieces (deltas), in order. */
export interface Pieces {
  readonly text: string;
  readonly starts: readonly number[];
}

/**
 * Where the text that the rest of an answer must repeat begins; what is before it is given to the provider as the text
 * to go on from.
 *
 * - It holds enough to be recognised, whole pieces, and all white space before it, since providers trim what they are
 *   given: the text before it never ends in white space.
 * - It begins between two characters as people see them, so neither a surrogate pair nor an emoji is torn.
 * - The text does not begin as it does: else nobody could tell an answer begun anew from the rest.
 * @param least the text before this is not ours to repeat.
 * @returns undefined when no place will do.
 */
export function overlapStart({ text, starts }: Pieces, least = 0): number | undefined {
  let start = settle(text, startWithEvidence(text, starts), least);
  const beginning = text.trimStart();
  while (start > least && beginning.startsWith(text.slice(start).trimStart())) {
    start = settle(text, start - (text.length - start), least);
  }
  if (start > 0 && start === least && beginning.startsWith(text.slice(start).trimStart())) return undefined;
  return start;
}

function startWithEvidence(text: string, starts: readonly number[]): number {
  for (let index = starts.length - LEAST_OVERLAP_PIECES; index >= 0; index--) {
    const start = starts[index] ?? 0;
    if (text.slice(start).trim().length >= LEAST_OVERLAP) return start;
  }
  // Pieces of white space only, or fewer than are needed: as far back as is remembered, or to the beginning.
  return starts.length < LEAST_OVERLAP_PIECES ? 0 : (starts[0] ?? 0);
}

/** The last safe place at or before `start`, but never before `least`. */
function settle(text: string, start: number, least: number): number {
  let at = Math.max(start, least);
  for (;;) {
    const before = at;
    while (at > least && /\s/.test(text.charAt(at - 1))) at--;
    at = Math.max(least, graphemeStart(text, at));
    if (at === before) return at;
  }
}

/** Where the character that holds the UTF-16 unit at `at` begins: a letter with its accents, a joined emoji, a flag. */
function graphemeStart(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return at;
  const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
  return segmenter.segment(text).containing(at)?.index ?? at;
}
