import { type ConfigIssue, formatIssue } from "tideover/config";
import { issueInChinese } from "./issues-zh.ts";

/** Writes an issue on one line, in a language that the command speaks; its place is the same in all of them. */
export function formatIssueIn(language: "en" | "zh", issue: ConfigIssue, file?: string): string {
  if (language === "en") return formatIssue(issue, file);
  const { suggestion, message, ...place } = issue;
  const hint = suggestion === undefined ? "" : `；是否想写 \`${suggestion}\`？`;
  return formatIssue({ ...place, message: `${issueInChinese(message)}${hint}` }, file);
}
