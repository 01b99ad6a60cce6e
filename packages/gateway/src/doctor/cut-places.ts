import type { CutReport } from "./report.ts";

/** A place to cut an answer at. */
export type Cut = Pick<CutReport, "at" | "place">;

/**
 * Places to cut an answer at: between two pieces early and late, after a space in the middle, and inside a word. The
 * first two are as real cuts are; Tideover itself never gives a text that ends in a space.
 * @param starts where its pieces begin, in UTF-16 units.
 */
export function cutPlaces(text: string, starts: readonly number[]): Cut[] {
  const between = (share: number): Cut | undefined => {
    const at = starts.find((start) => start >= text.length * share && !/\s/.test(text.charAt(start - 1)));
    return at === undefined || at === 0 ? undefined : { at, place: "between-pieces" };
  };
  const found = [between(0.25), afterSpace(text, 0.4), insideWord(text, 0.55), between(0.7)];
  const places = found.filter((cut) => cut !== undefined && cut.at < text.length) as Cut[];
  return places.filter(({ at }, index) => places.findIndex((other) => other.at === at) === index);
}

function afterSpace(text: string, share: number): Cut | undefined {
  const from = Math.floor(text.length * share);
  const found = /\s(?=\S)/.exec(text.slice(from));
  return found === null ? undefined : { at: from + found.index + 1, place: "after-space" };
}

function insideWord(text: string, share: number): Cut | undefined {
  const from = Math.floor(text.length * share);
  const found = /[a-z]{2}(?=[a-z])/i.exec(text.slice(from));
  return found === null ? undefined : { at: from + found.index + found[0].length, place: "inside-word" };
}
