export { createLog, LOG_LEVELS, type Log, type LogFields, type LogLevel, type LogOptions, SILENT_LOG } from "./log.ts";
