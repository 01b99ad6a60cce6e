export { checkReport, formatCheck } from "./format-check.ts";
export { loadConfig } from "./load-config.ts";
export { watchConfig } from "./watch-config.ts";
