import type { Catalogue } from "./catalogue.ts";
import { LANGUAGES } from "./products.ts";

/** Visitors on their way at once, at most. */
const MOST_AT_ONCE = 8;

/**
 * Visitors who look at what is asked for often, and at what was added last: without any there is nothing that the
 * gateway could tell of how it answers.
 * @param everyMs between two of them
 */
export function letVisitorsIn(shop: string, catalogue: Catalogue, everyMs: number): AsyncDisposable {
  const leaving = new AbortController();
  const under = new Set<Promise<unknown>>();
  let count = 0;
  const timer = setInterval(() => {
    if (under.size >= MOST_AT_ONCE) return;
    const language = LANGUAGES[count % LANGUAGES.length] ?? "en";
    const products = catalogue.all(language).filter(({ frequent, ticket }) => frequent || ticket !== undefined);
    // Round and round: the last ones first, as many of them as of the others.
    const turn = Math.floor(count / LANGUAGES.length);
    const product = turn % 4 === 3 ? products.at(-1) : products[turn % products.length];
    count++;
    if (product === undefined) return;
    const visit = fetch(`${shop}/api/${language}/products/${product.id}`, { signal: leaving.signal })
      .then((response) => response.arrayBuffer())
      // A visitor who gets nothing goes away.
      .catch(() => undefined)
      .finally(() => under.delete(visit));
    under.add(visit);
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      leaving.abort();
      await Promise.all(under);
    },
  };
}
