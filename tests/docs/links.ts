import { anchorCounter } from "../../scripts/docs-site/anchors.ts";
import { proseOf } from "./pages.ts";

/** A link of a page, with its line. */
export interface PageLink {
  readonly target: string;
  readonly line: number;
}

/** The links and images of a page, outside of code. */
export function linksOf(text: string): readonly PageLink[] {
  return proseOf(text)
    .split("\n")
    .flatMap((line, index) =>
      [
        ...line
          .replaceAll(/`[^`]*`/g, "``")
          .matchAll(/\]\((?:<([^>]+)>|([^()\s]+(?:\([^()]*\)[^()\s]*)?))(?:\s+"[^"]*")?\)/g),
      ].map(([, bracketed, plain]) => ({ target: bracketed ?? plain ?? "", line: index + 1 })),
    );
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): readonly string[] {
  const next = anchorCounter();
  return proseOf(text)
    .split("\n")
    .flatMap((line) => /^#{1,6} +(.+?)\s*#*$/.exec(line)?.[1] ?? [])
    .map((heading) => next(heading));
}
