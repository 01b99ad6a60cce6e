import type { Log } from "@tideover/gateway";

/** One entry as it was logged. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that keeps its entries, for tests that look at them. */
export function recordingLog(): { readonly log: Log; readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const keep = (level: LogEntry["level"]) => (fields: LogEntry["fields"], message: string) => {
    entries.push({ level, fields, message });
  };
  const log: Log = {
    debug: keep("debug"),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    record: (level, facts, message) => keep(level)(facts, message),
    enabled: () => true,
    flush: () => undefined,
  };
  return { log, entries };
}
