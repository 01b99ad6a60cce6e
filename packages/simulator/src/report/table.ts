import type { Comparison, MeanFigures } from "./compare.ts";

/** A column of the comparison: the figure and how it is written. */
interface Column {
  readonly title: string;
  readonly cell: (figures: MeanFigures) => string;
}

const percent = (part: number) => (Number.isNaN(part) ? "-" : `${(part * 100).toFixed(1)}%`);
const seconds = (ms: number) =>
  Number.isNaN(ms) ? "-" : Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : "never";

const COLUMNS: readonly Column[] = [
  { title: "live <= 10 s", cell: ({ live }) => percent(live) },
  { title: "answered", cell: ({ answered }) => percent(answered) },
  { title: "degraded", cell: ({ degraded }) => percent(degraded) },
  { title: "flagged", cell: ({ flagged }) => percent(flagged) },
  { title: "failed", cell: ({ failed }) => percent(failed) },
  { title: "left", cell: ({ left }) => percent(left) },
  { title: "wrong", cell: ({ wrong }) => (Number.isInteger(wrong) ? `${wrong}` : wrong.toFixed(1)) },
  { title: "attempts/call", cell: ({ attemptsPerCall }) => attemptsPerCall.toFixed(2) },
  { title: "wasted tokens", cell: ({ wastedTokens }) => percent(wastedTokens) },
  { title: "TTFT p50", cell: ({ ttftP50Ms }) => seconds(ttftP50Ms) },
  { title: "TTFT p99", cell: ({ ttftP99Ms }) => seconds(ttftP99Ms) },
  { title: "recovery", cell: ({ recoveryMs }) => seconds(recoveryMs) },
];

/** The comparison as rows of cells, the titles first, the oracles last. */
export function comparisonRows({ strategies, oracle }: Comparison): string[][] {
  const empty = COLUMNS.slice(1).map(() => "");
  const ceiling = (name: string, live: number, degraded: number) => {
    const cells = [...empty];
    cells[1] = percent(degraded);
    return [name, percent(live), ...cells];
  };
  return [
    ["strategy", ...COLUMNS.map(({ title }) => title)],
    ...strategies.map(({ strategy, mean }) => [strategy, ...COLUMNS.map(({ cell }) => cell(mean))]),
    ceiling("oracle (state)", oracle.state.live, oracle.state.degraded),
    ceiling("oracle (fate)", oracle.fate.live, oracle.fate.degraded),
  ];
}
