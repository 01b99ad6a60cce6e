import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, linksOf } from "./links.ts";
import { allPages, blocksOf, CHECKOUT, readPage } from "./pages.ts";
import { rowNamesOf } from "./translations.ts";

const PAGES = allPages();

describe("links of pages", () => {
  test("the pages are found", () => expect(PAGES.length).toBeGreaterThan(80));

  test.each(PAGES)("%s leads somewhere with each of its links", (page) => {
    expect(linksOf(readPage(page)).flatMap(({ line, target }) => brokenLink(page, target, line))).toEqual([]);
  });

  test("every page of docs/ is in its list", () => {
    const listed = linksOf(readPage("docs/README.md")).map(({ target }) => target.split("#")[0]);
    const pages = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !page.endsWith("/README.md"));
    expect(pages.filter((page) => !listed.includes(page.slice("docs/".length)))).toEqual([]);
  });
});

describe("the two languages", () => {
  const pairs = PAGES.filter((page) => page.endsWith(".zh-CN.md")).map(
    (page) => [page.replace(".zh-CN", ""), page] as const,
  );

  test("there are pages in both", () => expect(pairs.length).toBeGreaterThan(0));

  test.each(pairs)("%s and %s have the same sections, tables and blocks", (english, chinese) => {
    expect(outlineOf(chinese)).toEqual(outlineOf(english));
  });

  test.each(pairs)("%s and %s have the same code", (english, chinese) => {
    expect(codeOf(chinese)).toEqual(codeOf(english));
  });

  test.each(pairs)("%s and %s name the same things in their tables, in the same order", (english, chinese) => {
    expect(rowNamesOf(chinese)).toEqual(rowNamesOf(english));
  });

  test.each(pairs)("%s and %s lead to each other", (english, chinese) => {
    const leadsTo = (from: string, to: string) =>
      linksOf(readPage(from)).some(({ target }) => join(dirname(from), target) === to);
    expect([leadsTo(english, chinese), leadsTo(chinese, english)]).toEqual([true, true]);
  });
});

/** What is wrong with a link, if anything. Links to other hosts are not followed: they may be down. */
function brokenLink(page: string, target: string, line: number): string[] {
  if (/^(?:https?|mailto):/.test(target))
    return URL.canParse(target) ? [] : [`${page}:${line}: ${target} is no address`];
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), decodeURIComponent(path));
  if (file.startsWith("..") || !existsSync(`${CHECKOUT}${file}`)) return [`${page}:${line}: there is no ${file}`];
  if (anchor === undefined) return [];
  if (!file.endsWith(".md") || statSync(`${CHECKOUT}${file}`).isDirectory()) return [];
  return anchorsOf(readPage(file)).includes(decodeURIComponent(anchor))
    ? []
    : [`${page}:${line}: ${file} has no #${anchor}`];
}

/** The levels of a page's headings, the rows of its tables and the languages of its blocks. */
function outlineOf(page: string): readonly string[] {
  const kinds = [/^(#{1,6}) /, /^ *```(\w*)/, /^(\|)/];
  return readPage(page)
    .split("\n")
    .flatMap((line) => kinds.flatMap((kind) => kind.exec(line)?.[1] ?? []));
}

/** The code of a page's blocks without comments and without what stands in quotes, which is in the page's language. */
function codeOf(page: string): readonly string[] {
  return blocksOf(page).flatMap(({ text }) =>
    text.split("\n").map((line) =>
      line
        .replaceAll(/"[^"]*"|'[^']*'/g, '""')
        .replace(/(?:^|\s)(?:#|\/\/).*$/, "")
        .trimEnd(),
    ),
  );
}
