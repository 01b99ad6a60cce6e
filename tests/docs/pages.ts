import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the repository, with a slash at its end. */
export const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a page. */
export interface Block {
  /** Below the repository. */
  readonly page: string;
  /** Of its first fence, from 1. */
  readonly line: number;
  /** The word behind the fence; empty where there is none. */
  readonly language: string;
  /** What stands between the fences, without the indentation that they have. */
  readonly text: string;
  /** The HTML comment right before it, without its brackets. */
  readonly comment: string | undefined;
}

/** The text of a file of the repository. */
export const readPage = (page: string): string => readFileSync(`${CHECKOUT}${page}`, "utf8");

/** Where Markdown is that readers follow: pages with commands and snippets, each of which is proven. */
export function guidePages(): readonly string[] {
  const readmes = (folder: string) =>
    readdirSync(`${CHECKOUT}${folder}`)
      .map((name) => `${folder}/${name}/README.md`)
      .filter(isThere);
  return [
    ...readdirSync(CHECKOUT).filter((name) => /^README.*\.md$/.test(name)),
    ...markdownBelow("docs"),
    ...readmes("packages"),
    ...readmes("examples"),
    ...markdownBelow("deploy"),
  ];
}

/** All Markdown of the repository. */
export function allPages(): readonly string[] {
  const roots = readdirSync(CHECKOUT).filter((name) => name.endsWith(".md"));
  return [...roots, ...["docs", "packages", "examples", "deploy", "bench", "tests"].flatMap(markdownBelow)];
}

function markdownBelow(folder: string): string[] {
  return readdirSync(`${CHECKOUT}${folder}`, { withFileTypes: true })
    .filter(({ name }) => name !== "node_modules" && name !== "dist" && !name.startsWith("."))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return markdownBelow(path);
      return entry.name.endsWith(".md") ? [path] : [];
    })
    .sort();
}

function isThere(page: string): boolean {
  try {
    readPage(page);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ENOTDIR")
      return false;
    throw error;
  }
}

/** The fenced blocks of a page, in their order. @throws Error for a fence that is not closed */
export function blocksOf(page: string, text = readPage(page)): readonly Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index++) {
    const open = /^( *)(`{3,}|~{3,})\s*(\S*)/.exec(lines[index] ?? "");
    if (open === null) continue;
    const [, indent = "", fence = "", language = ""] = open;
    const end = lines.findIndex((line, at) => at > index && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${index + 1}: the fence is not closed`);
    const inside = lines.slice(index + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indent.length}}`), ""));
    const comment = /^ *<!-- (.+) -->$/.exec(lines[index - 1] ?? "")?.[1];
    blocks.push({ page, line: index + 1, language, text: `${inside.join("\n")}\n`, comment });
    index = end;
  }
  return blocks;
}

/** A page without its fenced blocks and HTML comments; the numbers of its lines stay. */
export function proseOf(text: string): string {
  let fence: string | undefined;
  return text
    .split("\n")
    .map((line) => {
      const mark = /^ *(`{3,}|~{3,})/.exec(line)?.[1];
      const inside = fence !== undefined;
      if (fence === undefined) fence = mark;
      else if (line.trim() === fence) fence = undefined;
      return inside || mark !== undefined ? "" : line.replaceAll(/<!-- .*? -->/g, "");
    })
    .join("\n");
}
