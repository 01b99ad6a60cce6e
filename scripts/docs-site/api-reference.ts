import { join } from "node:path";
import { type ExportedDeclaration, exportedDeclarations } from "./exported-declarations.ts";

/** A page of the reference as Markdown, and where it would stand. */
export interface ReferencePage {
  /** Below the repository; there is no such file. */
  readonly source: string;
  readonly title: string;
  readonly text: string;
}

/** What is published for applications, each with the page that tells how it is used. */
const PACKAGES = [
  { name: "tideover", entry: "packages/tideover/src/index.ts", guide: "../getting-started.md" },
  { name: "@tideover/edge", entry: "packages/edge/src/index.ts", guide: "../edge.md" },
  { name: "@tideover/browser", entry: "packages/browser/src/index.ts", guide: "../browser.md" },
] as const;

/**
 * The reference of the packages: every exported name with its comment and its signature, made from the sources.
 * @param root the repository
 */
export function apiReference(root: string): readonly ReferencePage[] {
  return PACKAGES.map(({ name, entry, guide }) => {
    const title = `API of ${name}`;
    const parts = exportedDeclarations(join(root, entry)).map(partOf);
    const head = `# ${title}\n\nEvery name that \`${name}\` exports, from its sources. How it is used: [the guide](${guide}).`;
    return {
      source: `docs/reference/${name.replace(/^@tideover\//, "")}.md`,
      title,
      text: [head, ...parts].join("\n\n"),
    };
  });
}

function partOf({ name, comment, signature }: ExportedDeclaration): string {
  const [text = "", ...tags] = comment.split(/\n(?=@)/);
  const [said, listed] = text.startsWith("@") ? ["", [text, ...tags]] : [text, tags];
  const list = listed.map(tagOf).join("\n");
  const parts = [`## \`${name}\``, linked(said), `\`\`\`ts\n${signature}\n\`\`\``, list];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** `@param name what` as an item of a list. */
function tagOf(tag: string): string {
  const [, kind = "", rest = ""] = /^@(\w+)\s*(.*)$/s.exec(tag) ?? [];
  const text = linked(rest.replaceAll(/\s*\n\s*/g, " "));
  const [, parameter = "", about = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (kind === "param") return `- \`${parameter}\`: ${about}`;
  return `- ${kind === "returns" ? "gives" : kind}: ${text}`;
}

/** References within comments as code. */
const linked = (text: string): string => text.replaceAll(/\{@link (\S+?)\}/g, "`$1`");
