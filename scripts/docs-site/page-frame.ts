import { escapeHtml, type RenderedPage } from "./render-markdown.ts";
import { addressFrom, counterpartOf, type NavigationGroup, type SitePage } from "./site-pages.ts";

/** What the frame says, in each language. */
const WORDS = {
  en: {
    search: "Search",
    contents: "Contents",
    theme: "Light or dark",
    other: "中文",
    here: "On this page",
    skip: "To the text",
    onlyEnglish: "",
    none: "Nothing found",
    next: "Next",
    previous: "Previous",
  },
  zh: {
    search: "搜索",
    contents: "目录",
    theme: "浅色或深色",
    other: "English",
    here: "本页内容",
    skip: "跳到正文",
    onlyEnglish: "（英文）",
    none: "没有找到",
    next: "下一页",
    previous: "上一页",
  },
} as const;

/** Everything that is around a page. */
export interface FrameParts {
  readonly page: SitePage;
  readonly pages: readonly SitePage[];
  readonly rendered: RenderedPage;
  readonly groups: readonly NavigationGroup[];
  /** Changes with the style and the script, so that no old one is used for a new page. */
  readonly version: string;
}

/** A page of the site as a whole HTML document. It needs nothing from elsewhere. */
export function framePage({ page, pages, rendered, groups, version }: FrameParts): string {
  const { language } = page;
  const words = WORDS[language];
  const to = (file: string) => addressFrom(page.file, file);
  const home = language === "zh" ? "index.zh-CN.html" : "index.html";
  const otherHome = language === "zh" ? "index.html" : "index.zh-CN.html";
  const other = counterpartOf(page, pages)?.file ?? otherHome;
  const title = page.file === home ? page.title : `${page.title} · Tideover`;
  const order = groups.flatMap((group) => group.pages);
  const at = order.findIndex(({ source }) => source === page.source);
  return `<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}" data-root="${to("index.html").replace(/index\.html$/, "")}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to("assets/style.css")}?${version}">
<script defer src="${to(`assets/search-${language}.js`)}?${version}"></script>
<script defer src="${to("assets/site.js")}?${version}"></script>
</head>
<body>
<a class="skip" href="#text">${words.skip}</a>
<header>
<a class="home" href="${to(home)}">Tideover</a>
<div class="search" role="search">
<input type="search" id="search" placeholder="${words.search}" aria-label="${words.search}" autocomplete="off" role="combobox" aria-expanded="false" aria-controls="found">
<ul id="found" role="listbox" aria-label="${words.search}" data-none="${words.none}" hidden></ul>
</div>
<a class="language" href="${to(other)}" lang="${language === "zh" ? "en" : "zh-CN"}">${words.other}</a>
<button type="button" id="theme" aria-label="${words.theme}" title="${words.theme}">◐</button>
</header>
<div class="columns">
<details class="contents" id="contents" open>
<summary>${words.contents}</summary>
<nav aria-label="${words.contents}">
${groups.map((group) => navigationGroup(group, page, words.onlyEnglish)).join("\n")}
</nav>
</details>
<main id="text">
${rendered.html}
<nav class="neighbours" aria-label="${words.previous}, ${words.next}">
${neighbour(order[at - 1], words.previous, "prev")}${at < 0 ? "" : neighbour(order[at + 1], words.next, "next")}
</nav>
</main>
${rendered.headings.length < 2 ? "<aside></aside>" : headingsBeside(rendered, words.here)}
</div>
</body>
</html>
`;

  function neighbour(found: SitePage | undefined, word: string, relation: string): string {
    if (found === undefined) return "<span></span>";
    return `<a rel="${relation}" href="${to(found.file)}"><small>${word}</small> ${escapeHtml(found.title)}</a>`;
  }
}

function navigationGroup(group: NavigationGroup, page: SitePage, onlyEnglish: string): string {
  const { language } = page;
  const isOpen = group.pages.some(({ source }) => source === page.source) || group.title.en === "Guide";
  const links = group.pages.map((entry) => {
    const here = entry.source === page.source ? ' aria-current="page"' : "";
    const note = entry.language === language ? "" : `<small>${onlyEnglish}</small>`;
    return `<li><a href="${addressFrom(page.file, entry.file)}"${here}>${escapeHtml(shortTitle(entry))}${note}</a></li>`;
  });
  return `<details${isOpen ? " open" : ""}><summary>${group.title[language]}</summary><ul>\n${links.join("\n")}\n</ul></details>`;
}

/** A title without what stands after its colon. */
const shortTitle = ({ title }: SitePage): string => title.split(/: |：/)[0] ?? title;

function headingsBeside({ headings }: RenderedPage, title: string): string {
  const links = headings.map(
    ({ anchor, text }) => `<li><a href="#${anchor}">${text.replaceAll(/<\/?a[^>]*>/g, "")}</a></li>`,
  );
  return `<aside><nav aria-label="${title}"><h2>${title}</h2><ul>${links.join("")}</ul></nav></aside>`;
}
