import type { Comparison, StrategyReport } from "./compare.ts";
import { type Interval, OUTCOMES, type OutcomeName } from "./series.ts";
import { type Chart, type ChartSeries, escapeHtml, lineChart, stackedChart } from "./svg-charts.ts";
import { comparisonRows } from "./table.ts";

const COLORS: Readonly<Record<OutcomeName, string>> = {
  live: "#1f8a70",
  alternate: "#6fc3a8",
  degraded: "#e8b44c",
  flagged: "#b07cc6",
  failed: "#c9503c",
  wrong: "#111111",
};
const PROVIDER_COLORS = ["#2f6fb3", "#d08a2e", "#7a9a3a", "#9d5f9f"] as const;
const OFFERED_COLOR = "#888888";
const BREAKER_HEIGHT = { closed: 0, "half-open": 0.5, open: 1 } as const;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
.wide { overflow-x: auto; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #8884; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1rem 0; } figcaption span { margin-left: .8rem; font-size: 12px; }
figcaption i { display: inline-block; width: .7em; height: .7em; margin-right: .3em; }
svg { width: 100%; height: auto; font: 10px system-ui, sans-serif; } svg text { fill: currentColor; }
.grid { stroke: currentColor; opacity: .15; } .trouble { fill: #c9503c; opacity: .09; }
`;

/** The comparison as one HTML page that needs nothing else. */
export function htmlReport(comparison: Comparison): string {
  const { scenario, seeds, arrivals, strategies } = comparison;
  const [titles = [], ...rows] = comparisonRows(comparison);
  const cells = (tag: "th" | "td", row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(scenario.name)} - Tideover simulation</title><style>${STYLE}</style>
<h1>${escapeHtml(scenario.name)}</h1>
<p>${escapeHtml(scenario.description)}</p>
<p>SIMULATED: modelled providers, virtual time, ${arrivals} arrivals, ${seeds.length === 1 ? "seed" : "mean of the seeds"} ${seeds.join(", ")}. The charts show seed ${seeds[0] ?? "-"}.</p>
<div class="wide"><table><thead>${cells("th", titles)}</thead><tbody>${rows.map((row) => cells("td", row)).join("")}</tbody></table></div>
<p><small>Oracle (state) knows how every provider does at every moment; oracle (fate) also knows how each single request would fare, which no engine can. Both continue every cut answer.</small></p>
${strategies.map((report) => strategySection(report, comparison)).join("\n")}
</html>
`;
}

function strategySection({ strategy, series, violations }: StrategyReport, { scenario }: Comparison): string {
  const base = { times: series.map(({ at }) => at), shaded: scenario.trouble };
  const outcomes: Chart = {
    ...base,
    title: "Answers by rung",
    unit: "calls per interval",
    series: OUTCOMES.map((name) => ({ name, color: COLORS[name], values: series.map((one) => one.outcomes[name]) })),
  };
  const ttft: Chart = {
    ...base,
    title: "Time to first token",
    unit: "s",
    series: [
      { name: "p50", color: "#2f6fb3", values: series.map((one) => one.ttftP50Ms / 1_000) },
      { name: "p95", color: "#d08a2e", values: series.map((one) => one.ttftP95Ms / 1_000) },
    ],
  };
  const load: Chart = {
    ...base,
    title: "Load offered and sent",
    unit: "per interval",
    series: [
      { name: "offered", color: OFFERED_COLOR, values: series.map(({ offered }) => offered) },
      ...byProvider(scenario.providers, "sent to", series, (one, name) => one.sent[name] ?? 0),
    ],
  };
  const slots: Chart = {
    ...base,
    title: "Running and queued at the providers, and the learned limit",
    unit: "calls",
    series: [
      ...byProvider(
        scenario.providers,
        "at",
        series,
        (one, name) => (one.running[name] ?? 0) + (one.queued[name] ?? 0),
      ),
      ...byProvider(scenario.providers, "limit of", series, (one, name) => one.limits[name] ?? Number.NaN)
        .map((line) => ({ ...line, color: `${line.color}88` }))
        .filter(({ values }) => values.some((value) => Number.isFinite(value))),
    ],
  };
  const breakers: Chart = {
    ...base,
    title: "Breakers",
    unit: "0 closed, 0.5 half-open, 1 open",
    series: byProvider(scenario.providers, "", series, (one, name) => BREAKER_HEIGHT[one.breakers[name] ?? "closed"]),
  };
  const charts = [stackedChart(outcomes), lineChart(ttft), lineChart(load), lineChart(slots)];
  if (strategy === "tideover" || strategy === "classic") charts.push(lineChart(breakers));
  const broken = violations.map(
    ({ promise, message, seed }) => `<li>promise ${promise}, seed ${seed}: ${escapeHtml(message)}</li>`,
  );
  const list = broken.length === 0 ? "" : `<p>Broken promises:</p><ul>${broken.join("")}</ul>`;
  return `<h2>${strategy}</h2>${list}${charts.join("")}`;
}

function byProvider(
  names: readonly string[],
  prefix: string,
  series: readonly Interval[],
  value: (interval: Interval, name: string) => number,
): ChartSeries[] {
  return names.map((name, index) => ({
    name: `${prefix} ${name}`.trim(),
    color: PROVIDER_COLORS[index % PROVIDER_COLORS.length] ?? OFFERED_COLOR,
    values: series.map((interval) => value(interval, name)),
  }));
}
