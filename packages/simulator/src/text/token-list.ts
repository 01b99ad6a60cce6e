/** Splits JSON text into tokens about as fine as a real model's: words, white space, single signs. */
export function jsonTokens(text: string): string[] {
  return text.match(/[A-Za-z0-9_]+|\s+|[^\sA-Za-z0-9_]/gu) ?? [];
}

/** The tokens that remain after the first `length` UTF-16 code units; a token that is cut keeps its rest. */
export function dropCharacters(tokens: readonly string[], length: number): string[] {
  let left = length;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as string;
    if (left < token.length) return [token.slice(left), ...tokens.slice(index + 1)];
    left -= token.length;
  }
  return [];
}

/** The tokens of the first `length` UTF-16 code units; the last may be cut. */
export function takeCharacters(tokens: readonly string[], length: number): string[] {
  const taken: string[] = [];
  let left = length;
  for (const token of tokens) {
    if (left <= 0) break;
    taken.push(token.slice(0, left));
    left -= token.length;
  }
  return taken;
}
