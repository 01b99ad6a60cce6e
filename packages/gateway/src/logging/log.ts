import pino from "pino";
import { BatchedOutput } from "./batched-output.ts";
import { prettyLines } from "./pretty-lines.ts";
import { maskSecrets, mayHoldSecrets, redact } from "./redact.ts";

/** How much is logged; each level includes those before it. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts of one entry. Members whose names hold secrets or prompts are masked wherever they stand. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One fact of a {@link Log.record}. */
export type LogFact = string | number | boolean | undefined;

/** A structured log. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /**
   * An entry that is written for every request: its members are named by the code that logs and hold one fact each,
   * so nothing is searched for secret names, and one look at each text says whether it needs masking.
   */
  record(level: Exclude<LogLevel, "silent">, facts: Readonly<Record<string, LogFact>>, message: string): void;
  /** Whether entries of that level are kept; ask before costly fields are made. */
  enabled(level: Exclude<LogLevel, "silent">): boolean;
  /** Writes out what is still buffered. To be called before the process ends. */
  flush(): void;
}

/** Where lines go: a stream, or anything with its `write`. */
export interface LogDestination {
  write(line: string): unknown;
}

export interface LogOptions {
  readonly level?: LogLevel;
  /** Standard error when absent, written in batches and without blocking. */
  readonly destination?: LogDestination;
  /** One short line for people instead of JSON. */
  readonly pretty?: boolean;
  /** Colours in pretty lines. */
  readonly color?: boolean;
}

/** The file descriptor of standard error. */
const STANDARD_ERROR = 2;
/** A record that is longer than this (in UTF-16 units) has its texts shortened one by one. */
const LONGEST_PLAIN_RECORD = 2_000;

/**
 * A log of JSON lines (`time` in ISO 8601, `level` as a word), or of short lines for a terminal.
 *
 * It never shows a credential, a prompt or an answer: see `redact.ts`.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level = "info", pretty = false, color = false } = options;
  const standardError = new BatchedOutput(STANDARD_ERROR);
  if (options.destination === undefined) process.once("exit", () => standardError.flush());
  const output: LogDestination = options.destination ?? standardError;
  const timeText = isoTimes();
  const target = pretty ? prettyLines(output, color) : output;
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
    target,
  );
  return {
    debug: (fields, message) => logger.debug(fields, maskSecrets(message)),
    info: (fields, message) => logger.info(fields, maskSecrets(message)),
    warn: (fields, message) => logger.warn(fields, maskSecrets(message)),
    error: (fields, message) => logger.error(fields, maskSecrets(message)),
    record: (at, facts, message) => {
      if (logger.isLevelEnabled(at)) target.write(recordLine(at, timeText(Date.now()), facts, message));
    },
    enabled: (asked) => logger.isLevelEnabled(asked),
    flush: () => standardError.flush(),
  };
}

/**
 * A text that can hold no credential, and no part of one: words with dots and single slashes, or the digits and dashes of
 * an identifier. Most texts of a record are such.
 */
const PLAIN_TEXT = /^(?:[\w.]*(?:\/[\w.]+)*|[\da-f-]*)$/;

function recordLine(level: LogLevel, time: string, facts: Readonly<Record<string, LogFact>>, message: string): string {
  let suspicious = mayHoldSecrets(message);
  for (const name in facts) {
    const fact = facts[name];
    if (typeof fact === "string" && !PLAIN_TEXT.test(fact)) suspicious ||= mayHoldSecrets(fact);
  }
  // One call for all: put together member by member, the line would take twice as long and leave fifty pieces behind.
  const told = JSON.stringify(facts).slice(1, -1);
  const line = `{"level":"${level}","time":"${time}",${told}${told === "" ? "" : ","}"msg":${JSON.stringify(message)}}\n`;
  if (!suspicious && line.length <= LONGEST_PLAIN_RECORD) return line;
  return `${JSON.stringify({ level, time, ...shortened(facts), msg: maskSecrets(message) })}\n`;
}

/** Times in ISO 8601; many records of a busy gateway are of the same millisecond. */
function isoTimes(): (ms: number) => string {
  let lastMs = Number.NaN;
  let lastText = "";
  return (ms) => {
    if (ms !== lastMs) {
      lastMs = ms;
      lastText = new Date(ms).toISOString();
    }
    return lastText;
  };
}

function shortened(facts: Readonly<Record<string, LogFact>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, redact(fact)]));
}

/** A log that keeps nothing. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  record: () => undefined,
  enabled: () => false,
  flush: () => undefined,
};
