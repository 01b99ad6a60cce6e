import type { ExchangeRecord } from "tideover/front";
import type { Log } from "./log.ts";

/** Logs every exchange in one line: who asked what, how it was answered and how long it took. Never a prompt. */
export function exchangeLog(log: Log): (record: ExchangeRecord) => void {
  return (record) => {
    const level = record.thrown !== undefined ? "error" : record.status >= 500 ? "warn" : "info";
    if (!log.enabled(level)) return;
    const { requestId, method, endpoint, model, route, tenant, status, code, result, origin, trace, usage } = record;
    const fields = {
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
      error: record.thrown,
    };
    log[level](fields, `${method} ${endpoint ?? "(unknown path)"} ${status}`);
  };
}

function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}
