import { readPage } from "./pages.ts";

/** Labels that Prometheus itself adds, and that of a histogram's buckets. */
const PROMETHEUS_LABELS = ["instance", "job", "le"];

/** The queries of a `promql` block: one a line. */
export function queriesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/**
 * What is wrong with the names that a query reads, one problem each: a metric that is not told, a label that it does not have.
 * @param more names that are told beside those of the page on observability, without labels
 */
export function unknownNames(query: string, more: readonly string[]): readonly string[] {
  return namesIn(query).flatMap(({ name, labels }) => {
    const family = name.replace(/_(?:bucket|sum|count)$/, "");
    const known = TOLD.get(name) ?? TOLD.get(family) ?? (more.includes(name) ? [] : undefined);
    if (known === undefined) return [`${name} is not told`];
    return labels
      .filter((label) => !known.includes(label) && !PROMETHEUS_LABELS.includes(label))
      .map((label) => `${name} has no label ${label}`);
  });
}

/** What `/metrics` tells, with the labels of each: the tables of the page, which another test holds to the program. */
const TOLD: ReadonlyMap<string, readonly string[]> = new Map(
  [...readPage("docs/observability.md").matchAll(/^\| `((?:tideover|gen_ai)_\w+)` \|([^|]*)\|/gm)].map(
    ([, name = "", labels = ""]) => [name, [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label)] as const,
  ),
);

/** The metrics that a query reads, each with the labels that are asked of it, those that the query sums by among them. */
function namesIn(query: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  const by = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/\s*,\s*/));
  const plain = query.replaceAll(/\bby \([^)]*\)/g, "");
  return [...plain.matchAll(/\b((?:tideover|gen_ai|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = "", matchers = ""]) => ({
      name,
      labels: [...by, ...[...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label)],
    }),
  );
}
