import { tableLines } from "../cli/table.ts";
import type { ReplayMessages } from "./messages/en.ts";
import { ENDED } from "./observation.ts";
import type { ReplayResult } from "./run-replay.ts";
import type { UpstreamSummary } from "./simulated-target.ts";
import type { Quantiles } from "./tally.ts";

type Row = readonly string[];

/** The result of a replay for people: one table a question. */
export function formatReport(
  result: ReplayResult,
  upstreams: readonly UpstreamSummary[],
  messages: ReplayMessages,
): string {
  const { requests } = result;
  const count = (name: string, value: number): Row => [name, `${value}`, share(value, requests)];
  const tables: readonly (readonly [string, readonly Row[]])[] = [
    [messages.titleRequests, requestRows(result, messages)],
    [
      messages.titleRungs,
      [
        ...Object.entries(result.rungs).map(([rung, value]) => count(rung === "none" ? messages.noRung : rung, value)),
        count(messages.degraded, result.degraded),
      ],
    ],
    [
      messages.titleOutcomes,
      Object.entries(result.outcomes).map(([outcome, value]) =>
        count(outcome === ENDED.answered ? messages.answered : outcome, value),
      ),
    ],
    [messages.titleTimes, timeRows(result, messages)],
    [messages.titleAttempts, attemptRows(result, messages)],
    [messages.titleProviders, upstreams.map((upstream) => upstreamRow(upstream, messages))],
    [messages.titleTruth, truthRows(result, messages)],
  ];
  const shown = tables.filter(([, rows]) => rows.length > 0);
  return shown.map(([title, rows]) => [title, ...tableLines(rows), ""].join("\n")).join("\n");
}

function requestRows(result: ReplayResult, messages: ReplayMessages): Row[] {
  const { p50, p99, max } = result.sendLag;
  return [
    [messages.sent, `${result.requests}`],
    [messages.streamed, `${result.streamed}`],
    [messages.mostOpen, `${result.mostOpen}`],
    [messages.lag, `p50 ${p50}, p99 ${p99}, max ${max}`],
  ];
}

function timeRows(result: ReplayResult, messages: ReplayMessages): Row[] {
  const row = (name: string, { count, p50, p90, p99, max }: Quantiles): Row[] =>
    count === 0 ? [] : [[name, ...[count, p50, p90, p99, max].map(String)]];
  const { count, prompt } = result.liveStreams;
  return [
    ["", ...messages.timeColumns],
    ...row(messages.firstToken, result.firstToken),
    ...row(messages.streamedTotal, result.streamedTotal),
    ...row(messages.unstreamedTotal, result.unstreamedTotal),
    ...(count === 0 ? [] : [[messages.promptStreams, `${prompt}`, share(prompt, result.streamed)]]),
  ];
}

function attemptRows({ attempts, requests }: ReplayResult, messages: ReplayMessages): Row[] {
  if (attempts.total === 0) return [];
  return [
    [messages.attemptsPerRequest, (attempts.total / Math.max(1, requests)).toFixed(2)],
    [messages.mostAttempts, `${attempts.most}`],
    ...Object.entries(attempts.byProvider).map(([provider, outcomes]) => [provider, listed(outcomes)]),
  ];
}

function upstreamRow(upstream: UpstreamSummary, messages: ReplayMessages): Row {
  const { requests, peakInFlight, abortedByCaller, inFlight, faults } = upstream;
  const struck = Object.keys(faults).length === 0 ? messages.noFaults : listed(faults);
  const seen = messages.upstream(requests, peakInFlight, abortedByCaller, inFlight);
  return [`${upstream.provider} (${upstream.profile})`, `${seen}; ${struck}`];
}

function truthRows({ verdicts, continued, interrupted, unstated }: ReplayResult, messages: ReplayMessages): Row[] {
  return [
    [messages.right, `${verdicts.right}`],
    [messages.notCompared, `${verdicts["not-compared"]}`],
    [messages.continued, `${continued}`],
    [messages.interrupted, `${interrupted}`],
    [messages.truncated, `${verdicts.truncated}`],
    [messages.different, `${verdicts.different}`],
    [messages.unstated, `${unstated}`],
  ];
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

const share = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)}%`;
