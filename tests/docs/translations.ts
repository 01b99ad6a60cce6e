import { type Block, blocksOf, readPage } from "./pages.ts";

const CHINESE = ".zh-CN.md";

/**
 * Whether a block of a Chinese page is, comments aside, the very block at its place in the English page: what is proven of
 * that one is proven of this one.
 */
export function isAlsoInEnglish(block: Block): boolean {
  if (!block.page.endsWith(CHINESE)) return false;
  const place = blocksOf(block.page).findIndex(({ line }) => line === block.line);
  const english = blocksOf(block.page.replace(CHINESE, ".md"))[place];
  return english?.language === block.language && codeOf(english) === codeOf(block) && english.comment === block.comment;
}

/** The names in code that begin each row of a page's tables: settings, headers, metrics. Words are in the page's language. */
export function rowNamesOf(page: string): readonly string[] {
  return readPage(page)
    .split("\n")
    .flatMap((line) => /^\|((?:\\\||[^|])*)\|/.exec(line)?.[1] ?? [])
    .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code).join(" "));
}

/** A block without comments, which are in the page's language. */
const codeOf = ({ text }: Block): string => text.replaceAll(/(?:^|[ \t]+)(?:#|\/\/) .*$/gm, "");
