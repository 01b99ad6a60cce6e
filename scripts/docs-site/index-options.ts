import type { Options } from "minisearch";
import { tokenize } from "./tokenize.ts";

/** What the search knows of one section of a page. */
export interface IndexedSection {
  readonly id: number;
  /** Below the site, with its anchor. */
  readonly address: string;
  readonly heading: string;
  /** The title of its page. */
  readonly page: string;
  readonly text: string;
  readonly excerpt: string;
}

/** How the index is made and read; both sides must agree. */
export const INDEX_OPTIONS: Options<IndexedSection> = {
  fields: ["heading", "page", "text"],
  storeFields: ["address", "heading", "page", "excerpt"],
  tokenize,
  processTerm: (term) => term,
  searchOptions: {
    boost: { heading: 4, page: 2 },
    // A word that is still being typed, and one that is typed wrong, unless it is short.
    prefix: (term) => term.length > 1,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    combineWith: "AND",
  },
};
