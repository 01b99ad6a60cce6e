import type { Judged, Scenario, Verdict } from "./scenario.ts";

/** One column of results: a system and a form of answer, by scenario. */
export interface Column {
  readonly title: string;
  readonly results: ReadonlyMap<string, Judged & { readonly ms: number }>;
}

const VERDICTS: readonly Verdict[] = ["pass", "partial", "safe", "fail"];

/** The results as a table in Markdown, with the reason of everything that is not a pass. */
export function markdownTable(scenarios: readonly Scenario[], columns: readonly Column[]): string {
  const header = ["", "fault", ...columns.map(({ title }) => title)];
  const cell = (column: Column, id: string) => {
    const found = column.results.get(id);
    if (found === undefined) return "-";
    const seconds = `${(found.ms / 1_000).toFixed(1)} s`;
    return found.verdict === "pass" ? `pass (${seconds})` : `**${found.verdict}** (${seconds}): ${found.reason}`;
  };
  const rows = scenarios.map(({ id, title }) => [id, title, ...columns.map((column) => cell(column, id))]);
  const line = (cells: readonly string[]) => `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** How often each verdict was given, by column. */
export function markdownCounts(scenarios: readonly Scenario[], columns: readonly Column[]): string {
  const rows = columns.map(({ title, results }) => {
    const counts = VERDICTS.map((verdict) => scenarios.filter(({ id }) => results.get(id)?.verdict === verdict).length);
    return `| ${title} | ${counts.join(" | ")} |`;
  });
  return [`| | ${VERDICTS.join(" | ")} |`, "|---|--:|--:|--:|--:|", ...rows].join("\n");
}
