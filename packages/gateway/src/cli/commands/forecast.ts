import type { Cost, ForecastAnswer, ForecastMeasure } from "../../admin/forecast-types.ts";
import { EXPORT_FORMATS } from "../../forecast/export-forecast.ts";
import { askAdmin } from "../admin/ask-admin.ts";
import { type Command, type CommandContext, textOf, wholeNumberOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { applyRecommendation } from "../forecast/apply-recommendation.ts";
import { tableLines } from "../table.ts";

const MOST_HOURS = 336;
/** How long the gateway may take, in ms: it reads weeks of history. */
const ANSWER_MS = 60_000;
const MEASURES = ["requests", "tokens", "concurrency"] as const satisfies readonly ForecastMeasure[];

/** `tideover forecast` */
export const forecast: Command = {
  name: "forecast",
  summary: (messages) => messages.forecast.summary,
  examples: [
    "tideover forecast",
    "tideover forecast --hours 24 --json",
    "tideover forecast --apply raise-limit:deepseek --dry-run",
    "tideover forecast --export keda --deployment tideover --namespace shop > scaled-object.yaml",
  ],
  flags: (messages) => ({
    hours: { type: "string", valueHint: "number", description: messages.forecast.hoursFlag },
    export: { type: "enum", options: [...EXPORT_FORMATS], description: messages.forecast.exportFlag },
    deployment: { type: "string", valueHint: "name", description: messages.forecast.deploymentFlag },
    namespace: { type: "string", valueHint: "name", description: messages.forecast.namespaceFlag },
    apply: { type: "string", valueHint: "id", description: messages.forecast.applyFlag },
    "dry-run": { type: "boolean", description: messages.forecast.dryRunFlag },
    by: { type: "string", valueHint: "name", description: messages.forecast.byFlag },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    "admin-key": { type: "string", valueHint: "key", description: messages.adminKeyFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const wanted = textOf(args, "apply");
    if (wanted !== undefined) return applyRecommendation(wanted, args, context);
    const hours = wholeNumberOf(args, "hours", { least: 1, most: MOST_HOURS }, messages);
    const format = textOf(args, "export");
    const path = format === undefined ? `forecast${hours === undefined ? "" : `?hours=${hours}`}` : undefined;
    const asked = new URLSearchParams({ format: format ?? "" });
    for (const name of ["deployment", "namespace"]) {
      const value = textOf(args, name);
      if (value !== undefined) asked.set(name, value);
    }
    const question = { method: "GET", path: path ?? `forecast/export?${asked}`, withinMs: ANSWER_MS } as const;
    const text = await askAdmin(question, args, context);
    const isPlain = args.json === true || format !== undefined;
    io.stdout.write(isPlain ? `${text.trimEnd()}\n` : `${shown(JSON.parse(text), context).join("\n")}\n`);
    return EXIT.ok;
  },
};

function shown(answer: ForecastAnswer, { messages, language }: CommandContext): string[] {
  const { forecast: words } = messages;
  if (answer.missing !== undefined) return [answer.missing[language]];
  const { replicas, cost, limits, recommendations } = answer;
  return [
    ...tableLines([words.measureColumns, ...MEASURES.flatMap((measure) => measureRow(measure, answer, words))]),
    ...(limits.length === 0
      ? []
      : ["", ...tableLines([words.limitColumns, ...limits.map((one) => limitRow(one, words))])]),
    "",
    ...(replicas === undefined ? [] : [words.replicas(replicas.needed, replicas.callsEach, moment(replicas.at))]),
    ...(cost === undefined ? [] : [words.cost(money(cost.total), money(cost.peakHour))]),
    ...(recommendations.length === 0 ? [] : [words.advice]),
    ...recommendations.map(({ id, reason, saves, change }) => {
      const also = [
        ...(saves === undefined ? [] : [words.saves(money(saves))]),
        ...(change === undefined
          ? []
          : [`${change.path}: ${String(change.from)} > ${String(change.to)}, --apply ${id}`]),
      ];
      return `- ${reason[language]}${also.length === 0 ? "" : ` (${also.join("; ")})`}`;
    }),
  ];
}

type Words = CommandContext["messages"]["forecast"];

function measureRow(measure: ForecastMeasure, { measures }: ForecastAnswer, words: Words): string[][] {
  const made = measures[measure];
  if (made === undefined) return [];
  const { peak, backtest } = made;
  return [
    [
      words.measures[measure],
      moment(peak.at),
      figure(peak.value),
      figure(peak.high),
      backtest.method,
      figure(backtest.error),
      figure(backtest.naiveError),
      `${Math.round(backtest.coverage * 100)}%`,
    ],
  ];
}

function limitRow(limit: ForecastAnswer["limits"][number], words: Words): string[] {
  const { provider, concurrency, from, peakUse, reachedAt, mayBeReachedAt } = limit;
  const reached =
    reachedAt !== undefined
      ? moment(reachedAt)
      : mayBeReachedAt !== undefined
        ? words.maybe(moment(mayBeReachedAt))
        : words.never;
  return [provider, String(concurrency), from, `${Math.round(peakUse * 100)}%`, reached];
}

function figure(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

function money({ amount, currency }: Cost): string {
  return `${amount.toFixed(2)} ${currency}`;
}

/** An hour, UTC. */
function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
