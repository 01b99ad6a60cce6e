import { cpus, release, totalmem } from "node:os";
import type { FigureResult } from "./figures.ts";
import type { MeasureName, Sample } from "./measures.ts";
import { ANSWER_BYTES, EVENT_BYTES, EVENT_INTERVAL_MS, EVENTS_PER_STREAM, REQUEST_BYTES } from "./payloads.ts";
import type { Plan } from "./plan.ts";
import { median } from "./samples.ts";
import { SYSTEMS, type TideoverForm } from "./systems.ts";

const FORMS: Readonly<Record<TideoverForm, string>> = {
  built: "Tideover as it is published",
  sources: "Tideover from its sources, which start slower and larger than what is published",
};

/** Everything that one run of the bench found out. */
export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly form: TideoverForm;
  readonly pinned: boolean;
  readonly plan: Plan;
  /** Systems that could not be measured, and why. */
  readonly missing: Readonly<Record<string, string>>;
  readonly figures: readonly FigureResult[];
  readonly samples: readonly Sample[];
}

/** The machine in words. */
export function describeMachine(): string {
  const [first] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${first?.model.trim() ?? "unknown"}, ${gibibytes} GiB, Linux ${release()}`;
}

/** The report as a page: the budget first, then every run. */
export function toMarkdown(report: Report): string {
  return [
    "# Benchmarks",
    "",
    ...caveats(report),
    `${report.date.slice(0, 10)}; ${report.machine}; Node ${report.node}; ${FORMS[report.form]}.`,
    "",
    ...method(report.plan),
    "",
    "## Against the budget",
    "",
    ...figureTable(report.figures),
    "",
    "## Every run",
    "",
    ...runTables(report.samples),
    "",
    "## The systems",
    "",
    ...SYSTEMS.map(({ name, setup }) => `- **${name}**: ${setup}.${missingNote(report.missing[name])}`),
    "",
    "Own figures: `npm run bench` (a quarter of an hour), or `npm run bench -- --quick` to see that it works.",
    "",
  ].join("\n");
}

/** The budget for a terminal. */
export function toText(report: Report): string {
  const lines = report.figures.map((figure) => [
    figure.title,
    `${show(figure.median)} ${figure.unit}`,
    `${show(figure.least)}..${show(figure.most)}`,
    `must ${show(figure.must)}`,
    figure.aim === undefined ? "" : `aim ${show(figure.aim)}`,
    figure.verdict,
  ]);
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const rows = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...caveats(report), ...rows, ...cpuLines(report.samples), ...failureLines(report.samples), ""].join("\n");
}

function caveats({ plan, pinned, missing }: Report): string[] {
  const lines: string[] = [];
  if (plan.quick) lines.push("A quick run: it shows that the bench works and is no evidence of anything else.");
  if (!pinned) lines.push("Processes could not be pinned to cores, so the figures per core mean little.");
  for (const [name, why] of Object.entries(missing)) lines.push(`${name} was not measured: ${why}`);
  return lines.flatMap((line) => [line, ""]);
}

function method(plan: Plan): string[] {
  return [
    `One process, pinned to one core, answers over plaintext loopback; the load generator and the mock upstream share`,
    `the other core. Request ${REQUEST_BYTES} B, answer ${ANSWER_BYTES} B, streams of ${EVENTS_PER_STREAM} events of`,
    `${EVENT_BYTES} B, one every ${EVENT_INTERVAL_MS} ms. The systems take turns within each of ${plan.rounds} rounds`,
    "after a warm-up; every figure is the median over the rounds, ratios are taken within a round, and the range is the",
    "least and the most. Per core means per second of the system's own CPU time. Rates: closed loop over",
    `${plan.connections} connections. Latency: constant rate, from the scheduled time. Chunks carry the time of their`,
    `sending; ${plan.streams} streams, and ${plan.saturatingStreams} for saturation. A run with failures is no result.`,
  ];
}

function figureTable(figures: readonly FigureResult[]): string[] {
  return [
    "| figure | measured | range | must | aim | |",
    "|---|--:|--:|--:|--:|---|",
    ...figures.map(({ title, unit, median: middle, least, most, must, aim, verdict }) => {
      const range = Number.isNaN(middle) ? "" : `${show(least)} to ${show(most)}`;
      const measured = Number.isNaN(middle) ? "" : `${show(middle)} ${unit}`;
      return `| ${title} | ${measured} | ${range} | ${show(must)} | ${aim === undefined ? "" : show(aim)} | ${verdict} |`;
    }),
  ];
}

/** One table for each measure: a row for each system, medians over the rounds. */
function runTables(samples: readonly Sample[]): string[] {
  const measures = [...new Set(samples.map(({ measure }) => measure))];
  return measures.flatMap((measure) => [...runTable(measure, samples), ""]);
}

function runTable(measure: MeasureName, samples: readonly Sample[]): string[] {
  const own = samples.filter((sample) => sample.measure === measure);
  const systems = [...new Set(own.map(({ system }) => system))];
  const names = [...new Set(own.flatMap(({ values }) => Object.keys(values)))];
  const rows = systems.map((system) => {
    const runs = own.filter((sample) => sample.system === system);
    const cells = names.map((name) => show(median(runs.map(({ values }) => values[name] ?? Number.NaN))));
    const failures = runs.reduce((sum, run) => sum + run.failures, 0);
    return `| ${system} | ${cells.join(" | ")} | ${failures} |`;
  });
  return [`| ${measure} | ${names.join(" | ")} | failures |`, `|---|${names.map(() => "--:|").join("")}--:|`, ...rows];
}

/** CPU time of each system per request and per chunk: what still says something on a machine that others use, too. */
function cpuLines(samples: readonly Sample[]): string[] {
  const kinds = [...new Set(samples.map(({ measure, system }) => `${measure} of ${system}`))];
  return kinds.flatMap((kind) => {
    const runs = samples.filter(({ measure, system }) => `${measure} of ${system}` === kind);
    const micros = runs.map(({ values }) => values.cpuMicrosPerRequest ?? values.cpuMicrosPerChunk ?? Number.NaN);
    if (micros.some((value) => Number.isNaN(value))) return [];
    const each = kind.startsWith("rates") ? "request" : "chunk";
    return [`CPU, ${kind}: ${show(median(micros))} us a ${each} (${show(Math.min(...micros))} at least)`];
  });
}

function failureLines(samples: readonly Sample[]): string[] {
  return samples
    .filter(({ failures }) => failures > 0)
    .map(
      ({ measure, system, round, failures, firstFailure }) =>
        `No result: ${measure} of ${system} in round ${round} had ${failures} failures, first: ${firstFailure ?? "unknown"}`,
    );
}

function missingNote(why: string | undefined): string {
  return why === undefined ? "" : ` Not measured: ${why}`;
}

/** Three digits that count; nothing for what is no number. */
function show(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
