import pino from "pino";
import { prettyLines } from "./pretty-lines.ts";
import { maskSecrets, redact } from "./redact.ts";

/** How much is logged; each level includes those before it. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts of one entry. Members whose names hold secrets or prompts are masked wherever they stand. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A structured log. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** Whether entries of that level are kept; ask before costly fields are made. */
  enabled(level: Exclude<LogLevel, "silent">): boolean;
  /** Waits for nothing; writes out what is still buffered. To be called before the process ends. */
  flush(): void;
}

/** Where lines go: a stream, or anything with its `write`. */
export interface LogDestination {
  write(line: string): unknown;
}

export interface LogOptions {
  readonly level?: LogLevel;
  /** Standard error when absent, written without blocking. */
  readonly destination?: LogDestination;
  /** One short line for people instead of JSON. */
  readonly pretty?: boolean;
  /** Colours in pretty lines. */
  readonly color?: boolean;
}

/**
 * A log of JSON lines (`time` in ISO 8601, `level` as a word), or of short lines for a terminal.
 *
 * It never shows a credential, a prompt or an answer: see `redact.ts`.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", pretty = false, color = false } = options;
  const standardError = options.destination === undefined ? pino.destination({ dest: 2, sync: false }) : undefined;
  const target: LogDestination = options.destination ?? (standardError as LogDestination);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      // Errors are taken apart by `redact`, so that secrets in their messages are masked too.
      serializers: { err: (value: unknown) => value },
    },
    pretty ? prettyLines(target, color) : target,
  );
  return {
    debug: (fields, message) => logger.debug(fields, maskSecrets(message)),
    info: (fields, message) => logger.info(fields, maskSecrets(message)),
    warn: (fields, message) => logger.warn(fields, maskSecrets(message)),
    error: (fields, message) => logger.error(fields, maskSecrets(message)),
    enabled: (asked) => logger.isLevelEnabled(asked),
    flush: () => standardError?.flushSync(),
  };
}

/** A log that keeps nothing. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  enabled: () => false,
  flush: () => undefined,
};
