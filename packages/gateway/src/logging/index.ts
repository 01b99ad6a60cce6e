export { createLog, LOG_LEVELS, type Log, type LogLevel, SILENT_LOG } from "./log.ts";
