import { tableLines } from "../cli/table.ts";
import type { DoctorMessages } from "./messages/en.ts";
import type { CutReport, KeyReport, ModeReport, ProviderReport, Reach } from "./report.ts";

/** Models that are named one by one; of more only the wrong ones are. */
const MOST_NAMED = 4;

/** One provider's report for people: a table, then what to do. */
export function formatReport(report: ProviderReport, messages: DoctorMessages): string {
  const { provider, preset, baseUrl, findings } = report;
  const rows = [
    messages.columns,
    reachRow(report.reach, messages),
    ...report.keys.map((key) => keyRow(key, messages)),
    ...modelRow(report, messages),
    ...streamRows(report, messages),
    ...continuationRows(report, messages),
  ];
  const told = findings.map((finding) => [messages.levels[finding.level], messages.advice(finding)]);
  return [`${provider}  (${preset}, ${baseUrl})`, ...tableLines(rows), ...tableLines(told, "  > "), ""].join("\n");
}

function reachRow({ reachable, proxied, dnsMs, connectMs, tlsMs, problem }: Reach, messages: DoctorMessages): string[] {
  const times = (
    [
      ["dns", dnsMs],
      ["connect", connectMs],
      ["tls", tlsMs],
    ] as const
  ).flatMap(([name, ms]) => (ms === undefined ? [] : [messages.ms(name, ms)]));
  const details = [...(proxied ? [messages.proxied] : []), ...times, ...(problem === undefined ? [] : [problem])];
  return [messages.reachable, reachable ? messages.yes : messages.no, details.join(", ")];
}

function keyRow({ account, state, problem, balance }: KeyReport, messages: DoctorMessages): string[] {
  const details = [
    ...(balance === undefined ? [] : [messages.balance(balance.amounts.join(", "))]),
    ...(problem === undefined ? [] : [problem]),
  ];
  return [messages.key(account), messages.keyStates[state], details.join(", ")];
}

function modelRow({ offered, mapped, keys }: ProviderReport, messages: DoctorMessages): string[][] {
  if (keys.length === 0) return [];
  const shown = mapped.length <= MOST_NAMED ? mapped : mapped.filter((model) => model.offered === false);
  return [
    [
      messages.models,
      offered === undefined ? messages.noList : messages.offered(offered),
      shown.map((model) => messages.mapped(model.from, model.to, model.offered)).join(", "),
    ],
  ];
}

function streamRows({ stream }: ProviderReport, messages: DoctorMessages): string[][] {
  if (stream === undefined) return [];
  const { firstTokenMs, problems, answeredAs, upstreamModel, usage } = stream;
  const sorted = firstTokenMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  const details = [
    ...(firstTokenMs.length > 1 ? [`${firstTokenMs.join(", ")} ms`] : []),
    ...(problems.length === 0 ? [] : [messages.failedStreams(problems.length)]),
    upstreamModel,
    ...(answeredAs === undefined || answeredAs === upstreamModel ? [] : [messages.asModel(answeredAs)]),
  ];
  const result = median === undefined ? messages.no : messages.median(median);
  const rows = [[messages.firstToken, result, details.join("; ")]];
  if (usage !== undefined) rows.push([messages.usage, messages.usagePlacements[usage], ""]);
  return rows;
}

function continuationRows({ continuation }: ProviderReport, messages: DoctorMessages): string[][] {
  if (continuation === undefined) return [];
  if (continuation.tried.length === 0) return [[messages.continuation, messages.notTried, continuation.mode]];
  return continuation.tried.map((report) => [
    messages.continuation,
    messages[report.verdict],
    `${report.mode}: ${cutsOf(report, messages)}`,
  ]);
}

function cutsOf({ cuts }: ModeReport, messages: DoctorMessages): string {
  const told = (cut: CutReport) => {
    const again = cut.thinksAgain ? ` + ${messages.thinksAgain}` : "";
    return `${messages.treatments[cut.treatment]}${again} (${messages.places[cut.place]})`;
  };
  return cuts.map(told).join(", ");
}
