/** What reading a written value gives: the value, or what is wrong with it and what would be right. */
export type Parsed<Value> = { readonly value: Value } | { readonly problem: string };

/** Quotes a written value for a message, cut so that a pasted document does not fill the screen. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text);
}

/** Characters of a wrong value that a message repeats. */
const MOST_QUOTED = 60;
