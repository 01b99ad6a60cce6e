import type { Usage } from "tideover/engine";
import type { RequestDetail, RequestSummary, WaterfallSpan } from "./api-types.ts";
import type { KeptRequest, NotedSpan } from "./recent-requests.ts";

/** What an answer of a provider cost, in US dollars; undefined where nobody knows. */
export type Cost = (provider: string, model: string | undefined, usage: Usage) => number | undefined;

/** The rungs whose answers are generated, and so have to be paid. */
const GENERATED: ReadonlySet<string> = new Set(["live", "alternate", "local"]);

/** One line about a request. */
export function requestSummary({ record }: KeptRequest, costOf?: Cost): RequestSummary {
  const { origin, trace, usage } = record;
  const provider = origin?.provider;
  const paid = origin !== undefined && GENERATED.has(origin.rung) && trace.cache?.collapsed !== true;
  return {
    id: record.requestId,
    at: record.startedAt,
    endpoint: record.endpoint ?? "",
    route: record.route ?? null,
    model: record.model ?? null,
    tenant: record.tenant ?? null,
    keyName: record.keyName ?? null,
    stream: record.stream,
    priority: record.priority ?? null,
    result: record.result,
    status: record.status,
    code: record.code ?? null,
    rung: origin?.rung ?? null,
    provider: provider ?? null,
    degraded: origin?.degraded === true || trace.seams.some((seam) => seam.degraded === true),
    attempts: trace.attempts.length,
    seams: trace.seams.length,
    outcomeMs: rounded(record.outcomeMs),
    totalMs: rounded(record.totalMs) ?? 0,
    tokens: usage === undefined ? null : { input: usage.promptTokens, output: usage.completionTokens },
    cost:
      paid && usage !== undefined && provider !== undefined ? (costOf?.(provider, origin.model, usage) ?? null) : null,
  };
}

/** Everything that is kept of a request. */
export function requestDetail(kept: KeptRequest, costOf?: Cost): RequestDetail {
  const { record, spans, prompt } = kept;
  return {
    ...requestSummary(kept, costOf),
    waterfall: spans.map((span) => waterfallSpan(span, record.totalMs)).sort((one, other) => one.start - other.start),
    message: record.failure?.message ?? null,
    seamList: record.trace.seams.map(({ at, from, to, mode }) => ({ at, from, to, mode })),
    prompt: prompt ?? null,
  };
}

function waterfallSpan({ kind, name, start, end, outcome, reason, account, record }: NotedSpan, totalMs: number) {
  const how = outcome ?? (record?.outcome === "running" ? undefined : record?.outcome);
  const why = reason ?? record?.reason;
  const hasBegun = record !== undefined && (record.outcome === "answered" || record.outcome === "cut");
  const span: WaterfallSpan = {
    kind,
    name,
    start: rounded(start) ?? 0,
    // What had not ended when the request did went on until then, at least.
    end: rounded(Math.max(start, end ?? totalMs)) ?? 0,
    ...(hasBegun ? { mark: rounded(start + record.ms) ?? 0 } : {}),
    ...(how === undefined ? {} : { outcome: how }),
    ...(why === undefined ? {} : { reason: why }),
    ...(account === undefined ? {} : { account }),
    ...(record?.purpose === undefined ? {} : { purpose: record.purpose }),
  };
  return span;
}

function rounded(ms: number): number;
function rounded(ms: number | undefined): number | null;
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
