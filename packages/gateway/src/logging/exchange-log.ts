import type { Clock } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import type { Log } from "./log.ts";
import { RepeatedRefusals } from "./repeated-refusals.ts";

/** The lines of exchanges. */
export interface ExchangeLog {
  /** An exchange has ended. On the request's path. */
  readonly ended: (record: ExchangeRecord) => void;
  /** Writes what is held back. */
  flush(): void;
}

/**
 * Logs exchanges in one line each: who asked what, how it was answered and how long it took. Never a prompt. Refusals of
 * one kind that come many times a second have a line a second with their number: see {@link RepeatedRefusals}.
 */
export function exchangeLog(log: Log, clock: Pick<Clock, "schedule">): ExchangeLog {
  const refusals = new RepeatedRefusals({
    clock,
    write: (record) => writeLine(log, record),
    sum: (last, count, ms) => writeSum(log, last, count, ms),
  });
  return {
    ended: (record) => {
      if (!log.enabled(levelOf(record))) return;
      // Whoever asks for all that happens is told all.
      if (isRefusal(record) && !log.enabled("debug")) refusals.add(record);
      else writeLine(log, record);
    },
    flush: () => refusals.flush(),
  };
}

/** Refused by ourselves before any provider was asked: it costs next to nothing, so there may be thousands a second. */
function isRefusal({ result, thrown, trace, code }: ExchangeRecord): boolean {
  if (thrown !== undefined || trace.attempts.length > 0) return false;
  return result === "refused" || code === "rate_limited";
}

function writeLine(log: Log, record: ExchangeRecord): void {
  const { requestId, endpoint, model, route, tenant, status, code, result, origin, trace, usage } = record;
  const level = levelOf(record);
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
  const message = `${record.method} ${endpoint ?? "(unknown path)"} ${status}`;
  if (record.thrown === undefined) log.record(level, facts, message);
  else log[level]({ ...facts, error: record.thrown }, message);
}

function writeSum(log: Log, last: ExchangeRecord, count: number, ms: number): void {
  const { status, code, keyName, tenant } = last;
  const facts = { event: "exchanges-refused", count, ms, status, code, tenant, keyName, lastRequestId: last.requestId };
  log.record(levelOf(last), facts, `${count} more were refused: ${status} ${code ?? ""}`.trimEnd());
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
