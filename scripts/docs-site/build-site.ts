import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import MiniSearch from "minisearch";
import { rolldown } from "rolldown";
import { INDEX_OPTIONS, type IndexedSection } from "./index-options.ts";
import { framePage } from "./page-frame.ts";
import { renderMarkdown } from "./render-markdown.ts";
import { counterpartOf, type Language, navigation, type SitePage, sitePages } from "./site-pages.ts";

/** How much of a section is shown among the findings, in characters. */
const EXCERPT = 140;
const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the site of the documentation: static HTML, one script, one style and the images, with nothing from elsewhere.
 * It can be served from any place, and opened from a disk.
 * @param root the repository
 * @param folder where the site goes; what was there is removed
 * @returns the pages
 */
export async function buildSite(root: string, folder: string): Promise<readonly SitePage[]> {
  const pages = sitePages(root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "assets"), { recursive: true });
  const script = await clientScript();
  const style = readFileSync(join(HERE, "client/style.css"), "utf8");
  const rendered = pages.map((page) => ({ page, rendered: renderMarkdown(page, pages, root) }));
  const groups = { en: navigation(pages, "en"), zh: navigation(pages, "zh") };
  const indexes = { en: indexOf("en"), zh: indexOf("zh") };
  const version = createHash("sha256").update(script).update(style).update(indexes.en).update(indexes.zh).digest("hex");

  write("assets/site.js", script);
  write("assets/style.css", style);
  for (const language of ["en", "zh"] as const) write(`assets/search-${language}.js`, indexes[language]);
  for (const one of rendered) {
    const parts = { ...one, pages, groups: groups[one.page.language], version: version.slice(0, 8) };
    write(one.page.file, framePage(parts));
    for (const file of one.rendered.files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file));
    }
  }
  return pages;

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  /** The search index as a script: a page that is opened from a disk may not fetch. */
  function indexOf(language: Language): string {
    const index = new MiniSearch<IndexedSection>(INDEX_OPTIONS);
    // In Chinese everything is found once: what is only there in English, too.
    const searched = rendered.filter(
      ({ page }) => page.language === language || (page.language === "en" && counterpartOf(page, pages) === undefined),
    );
    const sections = searched.flatMap((one) => one.rendered.sections.map((section) => ({ page: one.page, section })));
    index.addAll(
      sections.map(({ page, section: { anchor, heading, text } }, id) => ({
        id,
        address: anchor === "" ? page.file : `${page.file}#${anchor}`,
        heading,
        page: page.title,
        text,
        excerpt: text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text,
      })),
    );
    return `globalThis.tideoverSearchIndex = ${JSON.stringify(JSON.stringify(index))};\n`;
  }
}

/** The script of the pages, with the search library in it. */
async function clientScript(): Promise<string> {
  const bundle = await rolldown({ input: join(HERE, "client/site.ts"), platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return output[0].code;
}
