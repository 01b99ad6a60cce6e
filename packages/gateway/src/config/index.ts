export { checkReport, formatCheck } from "./format-check.ts";
export { loadConfig, parseConfig, readConfigFile } from "./load-config.ts";
export { needsRestart } from "./needs-restart.ts";
export { watchConfig } from "./watch-config.ts";
export { formatIssueIn } from "./words/format-issue.ts";
