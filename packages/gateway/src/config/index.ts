export { checkReport, formatCheck } from "./format-check.ts";
export { loadConfig, parseConfig } from "./load-config.ts";
export { watchConfig } from "./watch-config.ts";
