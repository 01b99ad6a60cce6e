import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Marked, type Tokens } from "marked";
import { anchorCounter } from "./anchors.ts";
import { addressFrom, fileOf, type SitePage } from "./site-pages.ts";

/** A part of a page that the search finds: what stands below one heading. */
export interface Section {
  /** Its heading's anchor; empty before the first heading. */
  readonly anchor: string;
  readonly heading: string;
  readonly text: string;
}

/** A page as HTML. */
export interface RenderedPage {
  readonly html: string;
  readonly sections: readonly Section[];
  /** Files of the repository that it shows (images): they are to be copied to the same place in the site. */
  readonly files: readonly string[];
  /** The headings of the second level, for the list beside the page. */
  readonly headings: readonly { readonly anchor: string; readonly text: string }[];
}

/** Text as it stands in HTML. */
export const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/**
 * Makes HTML of a page's Markdown: links between pages lead to HTML, images are taken along, files that the site does
 * not have are named and not linked.
 * @throws Error for an image that is not there
 */
export function renderMarkdown(page: SitePage, pages: readonly SitePage[], root: string): RenderedPage {
  const files: string[] = [];
  const headings: { anchor: string; text: string }[] = [];
  const sections: { anchor: string; heading: string; text: string }[] = [{ anchor: "", heading: page.title, text: "" }];
  const nextAnchor = anchorCounter();

  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const anchor = nextAnchor(text);
        const inner = this.parser.parseInline(tokens);
        if (depth === 2) headings.push({ anchor, text: inner });
        return `<h${depth} id="${anchor}">${inner} <a class="anchor" href="#${anchor}" aria-hidden="true" tabindex="-1">#</a></h${depth}>\n`;
      },
      link({ href, title, tokens }: Tokens.Link): string {
        const inner = this.parser.parseInline(tokens);
        const address = linkTo(href);
        if (address === undefined) return `<span class="file" title="${escapeHtml(href)}">${inner}</span>`;
        const about = title ? ` title="${escapeHtml(title)}"` : "";
        return `<a href="${escapeHtml(address)}"${about}>${inner}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        const file = join(dirname(page.source), href);
        if (!existsSync(join(root, file))) throw new Error(`${page.source}: there is no ${file}`);
        files.push(file);
        return `<img src="${escapeHtml(addressFrom(page.file, file))}" alt="${escapeHtml(text)}" loading="lazy">`;
      },
      code({ text, lang }: Tokens.Code): string {
        const language = lang?.split(/\s/)[0] ?? "";
        const label = language === "" || language === "text" ? "" : ` data-language="${escapeHtml(language)}"`;
        return `<figure class="code"${label}><pre tabindex="0"><code>${escapeHtml(text)}</code></pre></figure>\n`;
      },
      table(token: Tokens.Table): string {
        const cells = (row: Tokens.TableCell[], tag: "th" | "td") =>
          row
            .map(({ tokens, align }) => {
              const side = align ? ` class="${align}"` : "";
              return `<${tag}${side}>${this.parser.parseInline(tokens)}</${tag}>`;
            })
            .join("");
        const rows = token.rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n");
        const isBare = token.header.every(({ text }) => text === "");
        const head = isBare ? "" : `<thead><tr>${cells(token.header, "th")}</tr></thead>`;
        return `<div class="table" tabindex="0"><table>${head}<tbody>${rows}</tbody></table></div>\n`;
      },
      // Comments in the pages are for whoever tests them.
      html: ({ text }: Tokens.HTML | Tokens.Tag): string => (text.trimStart().startsWith("<!--") ? "" : text),
    },
  });

  const tokens = marked.lexer(page.text);
  const anchors = anchorCounter();
  for (const token of tokens) {
    if (token.type === "heading") {
      const { text, depth } = token as Tokens.Heading;
      const anchor = anchors(text);
      if (depth > 1) sections.push({ anchor, heading: plain(text), text: "" });
    } else if (token.type !== "html") {
      const last = sections.at(-1);
      if (last !== undefined) last.text += ` ${plain(token.raw)}`;
    }
  }
  return { html: marked.parser(tokens), sections, files, headings };

  /** Where a link leads in the site; undefined for a file that it does not have. */
  function linkTo(href: string): string | undefined {
    if (/^[a-z]+:/.test(href) || href.startsWith("#")) return href;
    const [path = "", anchor] = href.split("#");
    const target = join(dirname(page.source), path);
    const readme =
      existsSync(join(root, target)) && statSync(join(root, target)).isDirectory() ? `${target}/README.md` : target;
    const found = pages.find(({ source }) => source === readme);
    if (found === undefined) return undefined;
    return `${addressFrom(page.file, fileOf(found.source))}${anchor === undefined ? "" : `#${anchor}`}`;
  }
}

/** Markdown as the words in it. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/^\s*\|?[-:| ]+\|?\s*$/gm, " ")
    .replaceAll(/[`*|>#]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
