import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { apiReference } from "./api-reference.ts";

/** Languages that pages are written in. */
export type Language = "en" | "zh";

/** A page of the site. */
export interface SitePage {
  /** The Markdown, below the repository. */
  readonly source: string;
  /** The HTML, below the site. */
  readonly file: string;
  readonly language: Language;
  /** Its first heading, as text. */
  readonly title: string;
  /** What stands in the file. */
  readonly text: string;
}

/** Folders whose Markdown belongs to the site. */
const FOLDERS = ["docs", "packages", "examples", "deploy"];

/** Every page of the site: the two READMEs, docs/, the pages beside the code, and the reference. @param root the repository */
export function sitePages(root: string): readonly SitePage[] {
  const sources = ["README.md", "README.zh-CN.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
  const below = FOLDERS.flatMap((folder) => markdownBelow(root, folder));
  const written = [...sources.filter((source) => existsSync(join(root, source))), ...below].map((source): SitePage => {
    const text = readFileSync(join(root, source), "utf8");
    const title = (/^# +(.+)$/m.exec(text)?.[1] ?? source).replaceAll(/[`*]/g, "");
    return { source, file: fileOf(source), language: source.endsWith(".zh-CN.md") ? "zh" : "en", title, text };
  });
  const reference = apiReference(root).map(
    (page): SitePage => ({ ...page, file: fileOf(page.source), language: "en" }),
  );
  return [...written, ...reference];
}

function markdownBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== "dist" && !name.startsWith("."))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return markdownBelow(root, path);
      return entry.name.endsWith(".md") ? [path] : [];
    })
    .sort();
}

/** Where a page's HTML lies: pages of docs/ at the top, the README as the first page. */
export function fileOf(source: string): string {
  if (source === "README.md") return "index.html";
  if (source === "README.zh-CN.md") return "index.zh-CN.html";
  const html = source.replace(/(^|\/)README\.md$/, "$1index.md").replace(/\.md$/, ".html");
  return source === "docs/README.md" ? "contents.html" : html.replace(/^docs\//, "");
}

/** The page in the other language; undefined where there is none. */
export function counterpartOf(page: SitePage, pages: readonly SitePage[]): SitePage | undefined {
  const other =
    page.language === "zh" ? page.source.replace(".zh-CN.md", ".md") : page.source.replace(/\.md$/, ".zh-CN.md");
  return pages.find(({ source }) => source === other);
}

/** A relative address from one file of the site to another. */
export function addressFrom(from: string, to: string): string {
  return posix.relative(dirname(from), to) || posix.basename(to);
}

/** A part of the navigation. */
export interface NavigationGroup {
  readonly title: Record<Language, string>;
  readonly pages: readonly SitePage[];
}

/** Groups of the navigation; each takes the pages of its patterns that no earlier one has. */
const GROUPS: readonly { readonly title: Record<Language, string>; readonly sources: readonly (string | RegExp)[] }[] =
  [
    {
      title: { en: "Guide", zh: "指南" },
      sources: [
        "README.md",
        "docs/getting-started.md",
        "docs/deadlines-and-retries.md",
        "docs/configuration.md",
        "docs/caching.md",
        "docs/tickets.md",
        "docs/streams.md",
        "docs/batch.md",
        "docs/responses.md",
        "docs/anthropic.md",
        "docs/browser.md",
        "docs/local-model.md",
        "docs/examples.md",
        /^examples\//,
        "docs/migrate.md",
        "docs/errors.md",
      ],
    },
    {
      title: { en: "Operations", zh: "运维" },
      sources: [
        "docs/operations.md",
        "docs/deployment.md",
        "docs/observability.md",
        "docs/dashboard.md",
        "docs/history.md",
        "docs/review.md",
        "docs/capacity.md",
        "docs/simulator.md",
        /^deploy\//,
      ],
    },
    { title: { en: "Runbooks", zh: "值班手册" }, sources: [/^docs\/runbooks\//] },
    { title: { en: "Reference", zh: "接口参考" }, sources: [/^docs\/reference\//] },
    { title: { en: "Layers", zh: "各层" }, sources: [/^packages\/tideover\/src\/engine\//] },
    {
      title: { en: "Measured", zh: "测量" },
      sources: ["docs/benchmarks.md", "docs/failover-bench.md", "docs/mutation.md"],
    },
    { title: { en: "Inside", zh: "内部" }, sources: ["docs/README.md", "docs/architecture.md", /^packages\//] },
    { title: { en: "Decisions", zh: "设计决定" }, sources: [/^docs\/decisions\//] },
    { title: { en: "More", zh: "其他" }, sources: [/./] },
  ];

/** The navigation of a language: its own pages where there are some, in place of the English ones. */
export function navigation(pages: readonly SitePage[], language: Language): readonly NavigationGroup[] {
  const left = new Set(pages.filter((page) => page.language === "en"));
  return GROUPS.map(({ title, sources }) => {
    const taken = sources.flatMap((pattern) =>
      [...left].filter(({ source }) => {
        if (typeof pattern === "string") return source === pattern;
        return pattern.test(source);
      }),
    );
    const unique = [...new Set(taken)];
    for (const page of unique) left.delete(page);
    return {
      title,
      pages: unique.map((page) => (language === "en" ? page : (counterpartOf(page, pages) ?? page))),
    };
  }).filter((group) => group.pages.length > 0);
}
