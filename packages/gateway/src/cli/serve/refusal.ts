import type { ConfigIssue } from "tideover/config";
import type { Messages } from "../messages/index.ts";
import type { FoundConfiguration } from "./find-configuration.ts";

/** What to say when a configuration cannot be used: every problem with its place. */
export function refusal(issues: readonly ConfigIssue[], found: FoundConfiguration, messages: Messages): string {
  const file = found.from === "file" ? found.shownAs : undefined;
  return [
    messages.configRefused(issues.length),
    ...issues.map((issue) => `  ${messages.configIssue(issue, file)}`),
  ].join("\n");
}
