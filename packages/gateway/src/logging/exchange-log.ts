import type { ExchangeRecord } from "tideover/front";
import type { Log } from "./log.ts";

/** Logs every exchange in one line: who asked what, how it was answered and how long it took. Never a prompt. */
export function exchangeLog(log: Log): (record: ExchangeRecord) => void {
  return (record) => {
    const level = levelOf(record);
    if (!log.enabled(level)) return;
    const { requestId, method, endpoint, model, route, tenant, status, code, result, origin, trace, usage } = record;
    const facts = {
      event: "exchange-ended",
      requestId,
      endpoint,
      model,
      route,
      tenant,
      keyName: record.keyName,
      stream: record.stream,
      status,
      code,
      result,
      rung: origin?.rung,
      provider: origin?.provider,
      degraded: origin?.degraded,
      attempts: trace.attempts.length,
      reason: record.failure?.reason,
      outcomeMs: rounded(record.outcomeMs),
      totalMs: rounded(record.totalMs),
      promptTokens: usage?.promptTokens,
      completionTokens: usage?.completionTokens,
    };
    const message = `${method} ${endpoint ?? "(unknown path)"} ${status}`;
    if (record.thrown === undefined) log.record(level, facts, message);
    else log[level]({ ...facts, error: record.thrown }, message);
  };
}

/** Probes come every few seconds and say nothing while all is well. */
const PROBES: ReadonlySet<string | undefined> = new Set(["/healthz", "/readyz"]);

function levelOf({ thrown, status, endpoint }: ExchangeRecord): "error" | "warn" | "info" | "debug" {
  if (thrown !== undefined) return "error";
  if (PROBES.has(endpoint)) return "debug";
  return status >= 500 ? "warn" : "info";
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
