import { documentsOf, readText } from "./deploy-files.ts";

/**
 * What is written in a template of the chart, without Helm: every condition holds, of an alternative in one line the last is
 * taken, and what is filled in is `x`. It shows whether the text around the actions is YAML, and which fields are there.
 */
export function skeletonOf(path: string): readonly unknown[] {
  const text = readText(path)
    .replaceAll(/\{\{-? ?\/\*[\s\S]*?\*\/ ?-?\}\}\n?/g, "")
    .replaceAll(/\{\{-? if [^}]*\}\}\w+\{\{ else \}\}(\w+)\{\{ end \}\}/g, "$1")
    .split("\n")
    .filter((line) => !/^\s*\{\{-? .*\}\}\s*$/.test(line))
    .join("\n")
    .replaceAll(/\{\{-? .*? ?-?\}\}/g, "x");
  return documentsOf(text, path, false);
}

/** Whether every `if`, `with`, `range` and `define` of a template has its `end`. */
export function blocksClose(text: string): boolean {
  const actions = [...text.matchAll(/\{\{-? *(if|with|range|define|end)\b/g)].map(([, word]) => word);
  let open = 0;
  for (const word of actions) {
    open += word === "end" ? -1 : 1;
    if (open < 0) return false;
  }
  return open === 0;
}
